//! [`k8s.*`](https://opentelemetry.io/docs/specs/semconv/resource/k8s/): which pod this is.
//!
//! The pod's specification decides which variables and files of the
//! [downward API](https://kubernetes.io/docs/concepts/workloads/pods/downward-api/) there are. The rest comes from files that every pod has.
//! Owners (a deployment, a job) are not guessed from names.

use super::super::found::{Absent, Found};
use super::super::host_view::HostView;
use super::mounts::{cgroups, is_hex, is_uuid, mounts};

const NAMESPACE: [&str; 4] = ["K8S_NAMESPACE_NAME", "K8S_NAMESPACE", "POD_NAMESPACE", "MY_POD_NAMESPACE"];
const POD_NAME: [&str; 3] = ["K8S_POD_NAME", "POD_NAME", "MY_POD_NAME"];
const POD_UID: [&str; 3] = ["K8S_POD_UID", "POD_UID", "MY_POD_UID"];
const CONTAINER_NAME: [&str; 2] = ["K8S_CONTAINER_NAME", "CONTAINER_NAME"];
const NODE_NAME: [&str; 4] = ["K8S_NODE_NAME", "NODE_NAME", "KUBE_NODE_NAME", "MY_NODE_NAME"];

/// The namespace, beside the token of the service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// A host name of this length may be cut off: a pod's name can exceed its 63 characters, and loses a hyphen at the cut.
const MIN_CUT_HOST_NAME: usize = 62;

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    if !here.in_kubernetes() {
        return Err(Absent::NotHere("KUBERNETES_SERVICE_HOST is not set".into()));
    }
    let file = |path: &str| line(here.file_if_any(path)?);
    let table = here.file_if_any("/proc/self/mountinfo").unwrap_or_default();
    let (uid, container) = mounted(&table);
    // Jenkins sets it to the name of its agent, which is the pod.
    let node = here.first_variable(&NODE_NAME).filter(|_| here.variable("JENKINS_URL").is_none());
    let pod_name =
        here.first_variable(&POD_NAME).or_else(|| file("/etc/podinfo/name")).or_else(|| name_of_host(here));
    Ok(Found::default()
        .text("k8s.cluster.name", here.variable("K8S_CLUSTER_NAME"))
        .text("k8s.node.name", node)
        .text(
            "k8s.namespace.name",
            here.first_variable(&NAMESPACE)
                .or_else(|| file("/etc/podinfo/namespace"))
                .or_else(|| file(SERVICE_ACCOUNT)),
        )
        .text("k8s.deployment.name", here.variable("K8S_DEPLOYMENT_NAME"))
        .text("k8s.pod.name", pod_name)
        .text(
            "k8s.pod.uid",
            here.first_variable(&POD_UID)
                .or_else(|| file("/etc/podinfo/uid"))
                .or_else(|| uid.map(ToOwned::to_owned))
                .or_else(|| of_cgroup(&here.file_if_any("/proc/self/cgroup")?)),
        )
        .text(
            "k8s.container.name",
            here.first_variable(&CONTAINER_NAME).or(container.map(ToOwned::to_owned)),
        ))
}

/// The text, if it is a single line and not empty: other text is not a name.
fn line(text: String) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// The uid and the container's name, from the kubelet's mounts: `…/pods/<uid>/containers/<name>/<hash>` at `/dev/termination-log`, and
/// `…/pods/<uid>/etc-hosts` at `/etc/hosts`.
fn mounted(table: &str) -> (Option<&str>, Option<&str>) {
    let of_pod = |point: &'static str| {
        mounts(table).filter(move |mount| mount.point == point).find_map(|mount| {
            let (_, rest) = mount.root.rsplit_once("/pods/")?;
            let (uid, rest) = rest.split_once('/')?;
            // The folder of a static pod is named by a hash, which is not the uid.
            Some((is_uuid(uid).then_some(uid), rest))
        })
    };
    let log = of_pod("/dev/termination-log");
    let container = log.and_then(|(_, rest)| {
        let (name, hash) = rest.strip_prefix("containers/")?.split_once('/')?;
        (!name.is_empty() && !hash.is_empty() && is_hex(hash)).then_some(name)
    });
    let uid = log.or_else(|| of_pod("/etc/hosts").filter(|(_, rest)| *rest == "etc-hosts"));
    (uid.and_then(|(uid, _)| uid), container)
}

/// The uid in a control group's path: `…/pod<uid>/…`, or `…-pod<uid>.slice/…` with `_` for `-`, by systemd.
fn of_cgroup(groups: &str) -> Option<String> {
    // The innermost one: a node may be a pod itself.
    cgroups(groups).flat_map(|path| path.rsplit(['/', ':'])).find_map(|part| {
        let (_, uid) = part.strip_suffix(".slice").unwrap_or(part).rsplit_once("pod")?;
        let uid = uid.replace('_', "-");
        is_uuid(&uid).then_some(uid)
    })
}

/// The host name. It is the pod's name unless the pod uses the node's network or the name is too long. A pod whose specification
/// sets a `hostname` needs a variable.
fn name_of_host(here: &HostView<'_>) -> Option<String> {
    let name = here.host_name.as_deref()?;
    let hosts = here.file_if_any("/etc/hosts")?;
    // The kubelet marks the file unless the pod uses the node's network.
    let first = hosts.lines().next()?.trim();
    let is_pod = first == "# Kubernetes-managed hosts file.";
    // `setHostnameAsFQDN` appends the domain. A pod's own name may contain dots.
    let name = if name.contains(".svc.") { name.split('.').next()? } else { name };
    (is_pod && !name.is_empty() && name.len() < MIN_CUT_HOST_NAME).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTER: &str = "6dc29e37-5a1c-4b6f-9a4e-0c5f5f4d1a11";
    const INNER: &str = "0f3c1b7e-2d4a-4e8b-8c6d-7a9e5b3f2c10";

    #[test]
    fn of_nested_pods_the_innermost_counts() {
        let root = format!(
            "/var/lib/kubelet/pods/{OUTER}/volumes/x/_data/lib/kubelet/pods/{INNER}/containers/web/0a1b2c3d"
        );
        let table = format!("1 2 8:1 {root} /dev/termination-log rw - ext4 /dev/sda1 rw\n");
        assert_eq!(mounted(&table), (Some(INNER), Some("web")));
        let groups = format!("0::/kubepods/pod{OUTER}/x/kubepods/besteffort/pod{INNER}/y\n");
        assert_eq!(of_cgroup(&groups).as_deref(), Some(INNER));
    }

    #[test]
    fn a_whole_host_name_is_the_pod_s() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("etc")).expect("a folder");
        std::fs::write(folder.path().join("etc/hosts"), "# Kubernetes-managed hosts file.\n")
            .expect("a file");
        let name = |host: &str| {
            let here = HostView::of_this_process(&|_| None, None);
            let host_name = Some(host.to_owned());
            name_of_host(&HostView { root: folder.path().to_owned(), host_name, ..here })
        };
        assert_eq!(name("web-1").as_deref(), Some("web-1"));
        assert_eq!(name("web.v1-abc").as_deref(), Some("web.v1-abc"));
        assert_eq!(name("web-1.web.shop.svc.cluster.local").as_deref(), Some("web-1"));
        assert_eq!(name(&"x".repeat(62)), None, "it may have been cut off");
    }
}
