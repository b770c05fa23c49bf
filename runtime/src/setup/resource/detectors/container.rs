//! [`container.*`](https://opentelemetry.io/docs/specs/semconv/resource/container/): which container this is.
//!
//! No interface tells a process its container. It sees the path of its control group and the mounts from the host, and runtimes
//! put the id into one of them. In a pod they also show the id of the *sandbox*, which all containers of the pod share and which
//! is the id of none. An id that may belong to another container is not used.

use super::super::found::{Absent, Found};
use super::super::host_view::HostView;
use super::mounts::{Mount, cgroups, is_container_id, is_hex, mounts};

/// An id, and the runtime if it is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Container<'a> {
    id: &'a str,
    runtime: Option<&'static str>,
}

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    let (groups, table) = (here.file("/proc/self/cgroup"), here.file("/proc/self/mountinfo"));
    let text = |read: &Result<Option<String>, Absent>| read.clone().ok().flatten().unwrap_or_default();
    let (text_of_groups, text_of_table) = (text(&groups), text(&table));
    // A container of an ECS task may share another one's network, as in a pod.
    let in_ecs =
        here.first_variable(&["ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"]).is_some();
    let Some(container) = find(&text_of_groups, &text_of_table, here.in_kubernetes() || in_ecs) else {
        groups?;
        table?;
        return Err(Absent::NotHere("no container id in /proc/self/cgroup and /proc/self/mountinfo".into()));
    };
    let found = Found::default().text("container.id", container.id.to_owned());
    Ok(match container.runtime {
        Some(runtime) => found.constant("container.runtime.name", runtime),
        None => found,
    })
}

/// Whether this is probably a container, whose files do not describe the machine.
pub(super) fn is_likely(here: &HostView<'_>) -> bool {
    here.in_kubernetes()
        || here.has("/.dockerenv")
        || here.has("/run/.containerenv")
        || !matches!(detect(here), Err(Absent::NotHere(_)))
        || [
            "container",
            "ECS_CONTAINER_METADATA_URI_V4",
            "ECS_CONTAINER_METADATA_URI",
            "AWS_LAMBDA_FUNCTION_NAME",
            "K_SERVICE",
            "CLOUD_RUN_JOB",
            "GAE_SERVICE",
            "WEBSITE_SITE_NAME",
            "CONTAINER_APP_NAME",
        ]
        .iter()
        .any(|name| here.variable(name).is_some())
}

fn find<'a>(groups: &'a str, table: &'a str, shares_files: bool) -> Option<Container<'a>> {
    // cgroup version 1, and the host's view of version 2: the group's own path.
    let by_group = || cgroups(groups).find_map(of_cgroup);
    // cgroup version 1 in a namespace: what is mounted of the tree.
    let by_mounted_group = || {
        let is_own = |mount: &Mount<'_>| {
            mount.kind.starts_with("cgroup")
                && mount.point.starts_with("/sys/fs/cgroup")
                && !mount.root.contains("..")
        };
        mounts(table).filter(is_own).find_map(|mount| of_cgroup(mount.root))
    };
    let in_pod = shares_files || mounts(table).any(|mount| mount.root.contains("/kubelet/pods/"));
    by_group().or_else(by_mounted_group).or_else(|| of_files(table, in_pod))
}

/// What runtimes put before an id in the name of a control group, and the runtime.
const PREFIXES: [(&str, Option<&str>); 6] = [
    ("docker", Some("docker")),
    ("cri-containerd", Some("containerd")),
    ("nerdctl", Some("containerd")),
    ("containerd", Some("containerd")),
    ("crio", Some("cri-o")),
    ("libpod", Some("podman")),
];

/// The innermost container of a control group's path.
fn of_cgroup(path: &str) -> Option<Container<'_>> {
    let parts: Vec<&str> = path.split('/').collect();
    // From the end: containers may contain containers and services.
    (0..parts.len()).rev().find_map(|at| {
        let name = parts[at].strip_suffix(".scope").unwrap_or(parts[at]);
        let parent = at.checked_sub(1).map_or("", |before| parts[before]);
        if is_container_id(name) {
            let runtime = (parent == "docker").then_some("docker");
            return Some(Container { id: name, runtime });
        }
        // Fargate: the task's id and a number, below the task's group.
        if parts.get(1) == Some(&"ecs")
            && let Some((task, number)) = name.split_once('-')
            && task.len() == 32
            && is_hex(task)
            && (1..=10).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Some(Container { id: name, runtime: None });
        }
        // `docker-<id>`, `libpod-<id>`; `kubepods-….slice:cri-containerd:<id>`. Not `libpod-conmon-<id>`, which monitors the container.
        let (before, id) = name.rsplit_once(['-', ':'])?;
        let before = before.rsplit(':').next().unwrap_or(before);
        let (_, runtime) = PREFIXES.iter().find(|(prefix, _)| *prefix == before)?;
        is_container_id(id).then_some(Container { id, runtime: *runtime })
    })
}

/// From the files that a runtime keeps for each container and mounts in it.
fn of_files(table: &str, in_pod: bool) -> Option<Container<'_>> {
    let at = |point: &'static str| mounts(table).filter(move |mount| mount.point == point);
    // Podman and CRI-O mount it in each container, if they are configured to.
    let of_secrets = at("/run/secrets").find_map(of_storage);
    // In a pod these belong to the sandbox.
    let shared = ["/run/.containerenv", "/etc/hostname", "/etc/resolv.conf", "/etc/hosts"];
    let shared = shared.into_iter().filter(|_| !in_pod).flat_map(at);
    of_secrets.or_else(|| { shared }.find_map(|mount| of_storage(mount).or_else(|| of_folder(mount))))
}

/// `…/overlay-containers/<id>/userdata/…`, in the storage that Podman and CRI-O share.
fn of_storage(mount: Mount<'_>) -> Option<Container<'_>> {
    let (_, rest) = mount.root.split_once("-containers/")?;
    let (id, rest) = rest.split_once('/')?;
    (is_container_id(id) && rest.starts_with("userdata/")).then_some(Container { id, runtime: None })
}

/// `…/docker/containers/<id>/hostname`; `…/containers/<namespace>/<id>/hostname` of nerdctl.
fn of_folder(mount: Mount<'_>) -> Option<Container<'_>> {
    let parts: Vec<&str> = mount.root.split('/').collect();
    let id_at = parts.len().checked_sub(2)?;
    let id = parts[id_at];
    if !is_container_id(id) {
        return None;
    }
    let before = |steps: usize| id_at.checked_sub(steps).map_or("", |at| parts[at]);
    if before(1) == "containers" {
        return Some(Container { id, runtime: (before(2) == "docker").then_some("docker") });
    }
    (before(2) == "containers").then_some(Container { id, runtime: None })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "3f1d5c9e8b7a6f4e2d1c0b9a8f7e6d5c4b3a29181716151413121110f0e0d0c0";
    const B: &str = "9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b";

    fn id_of(path: &str) -> Option<(&str, Option<&str>)> {
        of_cgroup(path).map(|container| (container.id, container.runtime))
    }

    #[test]
    fn the_innermost_id_of_a_path_counts() {
        for (path, runtime) in [
            (format!("/docker/{B}/docker/{A}"), Some("docker")),
            (format!("/docker/{B}/kubepods/burstable/pod1/{A}"), None),
            (format!("/docker/{A}/system.slice/cron.service"), Some("docker")),
            (format!("/machine.slice/libpod-{A}.scope/container"), Some("podman")),
            (format!("/kubepods-besteffort-pod1.slice:cri-containerd:{A}"), Some("containerd")),
            (format!("/system.slice/docker-{A}.scope"), Some("docker")),
            (format!("/k8s.io/{A}"), None),
        ] {
            assert_eq!(id_of(&path), Some((A, runtime)), "{path}");
        }
    }

    #[test]
    fn other_paths_have_no_id() {
        for path in [
            "/".to_owned(),
            "/user.slice/user-1000.slice/session-3.scope".to_owned(),
            format!("/machine.slice/libpod-conmon-{A}.scope"),
            format!("/kubepods.slice/crio-conmon-{A}.scope"),
            format!("/system.slice/session-{A}.scope"),
            format!("/docker/{}", &A[..63]),
            format!("/docker/{A}0"),
            format!("/docker/{}", A.to_uppercase()),
            format!("/docker/{}g", &A[..63]),
            format!("/system.slice/containerd.service/{}", &A[..32]),
            // Not below `/ecs`.
            format!("/tasks/{0}/{0}-1234567890", &A[..32]),
            format!("/ecs/{0}/{0}-12345678901", &A[..32]),
            format!("/ecs/{0}/{0}-", &A[..32]),
        ] {
            assert_eq!(id_of(&path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_content_makes_it_panic(
            groups in "(([0-9]{1,2}:[a-z,=]{0,8}:)?(/|\\.\\.|[a-f0-9]{64}|ecs|docker-|:|-|é|\\x00){0,12}\n){0,6}",
            table in "(([0-9]{1,2} ){0,3}(/|containers|[a-f0-9]{64}|hostname| | - |cgroup2|é){0,20}\n){0,6}",
            in_kubernetes: bool,
        ) {
            if let Some(container) = find(&groups, &table, in_kubernetes) {
                let is_ecs = container.id.len() < 64 && container.id.contains('-');
                prop_assert!(is_container_id(container.id) || is_ecs);
            }
        }
    }
}
