//! Parses `/proc/self/mountinfo` and `/proc/self/cgroup`, as
//! [proc(5)](https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html) and
//! [cgroups(7)](https://man7.org/linux/man-pages/man7/cgroups.7.html) describe them.

/// A line of `/proc/self/mountinfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mount<'a> {
    /// What is mounted: a path in its file system.
    pub(super) root: &'a str,
    /// Where it is mounted.
    pub(super) point: &'a str,
    /// The type of the file system.
    pub(super) kind: &'a str,
}

/// The mounts. Malformed lines are skipped. Paths stay escaped: those that matter contain no such characters.
pub(super) fn mounts(text: &str) -> impl Iterator<Item = Mount<'_>> {
    text.lines().filter_map(|line| {
        let (fields, kind) = line.split_once(" - ")?;
        let mut fields = fields.split(' ').skip(3);
        let (root, point) = (fields.next()?, fields.next()?);
        let kind = kind.split(' ').next()?;
        (root.starts_with('/') && point.starts_with('/')).then_some(Mount { root, point, kind })
    })
}

/// The paths of the control groups in `/proc/self/cgroup`: `4:memory:/path`, or `0::/path` in version 2. A path with `..`
/// lies outside of the namespace of this process and is not its own.
pub(super) fn cgroups(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':');
        fields.next()?.parse::<u32>().ok()?;
        let path = fields.nth(1)?;
        (path.starts_with('/') && !path.split('/').any(|part| part == "..")).then_some(path)
    })
}

/// Whether this is a UUID, like a pod's uid.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Whether this is the id of a container: 64 hexadecimal digits in lower case.
pub(super) fn is_container_id(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}

pub(super) fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
