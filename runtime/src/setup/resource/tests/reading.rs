//! Files are read up to a bound, and never block.

use super::super::detector::Detector;
#[cfg(unix)]
use super::super::found::Absent;
use super::{nowhere, value};

#[test]
fn a_file_is_read_up_to_a_bound_and_in_whole_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    std::fs::create_dir_all(root.join("proc/self")).expect("a folder");
    let id = "3f1d5c9e8b7a6f4e2d1c0b9a8f7e6d5c4b3a29181716151413121110f0e0d0c0";
    let filling = "9:cpu:/nothing/of/the/kind\n".repeat((1 << 20) / 27);
    let write = |text: String| std::fs::write(root.join("proc/self/cgroup"), text).expect("written");
    let here = nowhere(&|_| None, root.clone());
    let find = || Detector::Container.run(&here).ok().and_then(|found| value(&found.0, "container.id"));

    write(format!("1:cpu:/docker/{id}\n{filling}{filling}"));
    assert_eq!(find().as_deref(), Some(id));
    // An id beyond the bound, and one that the bound cuts.
    write(format!("{filling}{filling}1:cpu:/docker/{id}\n"));
    assert_eq!(find(), None);
    let across = (1 << 20) - "1:cpu:/docker/".len() - id.len();
    write(format!("{}\n1:cpu:/docker/{id}0\n", "x".repeat(across)));
    assert_eq!(find(), None);
    write(format!("1:cpu:/docker/{id}"));
    assert_eq!(find().as_deref(), Some(id));
}

#[cfg(unix)]
#[test]
fn pipes_and_folders_do_not_block() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    std::fs::create_dir_all(root.join("proc/self/mountinfo")).expect("a folder");
    std::fs::create_dir_all(root.join("etc")).expect("a folder");
    for pipe in ["proc/self/cgroup", "etc/machine-id"] {
        let made = std::process::Command::new("mkfifo").arg(root.join(pipe)).status().expect("mkfifo runs");
        assert!(made.success());
    }
    let here = nowhere(&|_| None, root);
    assert!(matches!(Detector::Container.run(&here), Err(Absent::NotHere(_))));
    assert_eq!(Detector::Host.run(&here).ok().and_then(|found| value(&found.0, "host.id")), None);
}

#[cfg(unix)]
#[test]
fn a_detector_that_fails_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    std::fs::create_dir_all(root.join("proc/self")).expect("a folder");
    // A cycle of links cannot be read, even by root.
    std::os::unix::fs::symlink("cgroup", root.join("proc/self/cgroup")).expect("a link");
    let here = nowhere(&|_| None, root);
    let Err(Absent::Failed(why)) = Detector::Container.run(&here) else { panic!("it failed") };
    assert!(why.starts_with("/proc/self/cgroup: "), "{why}");
}

#[test]
fn macos_and_windows() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().to_owned();
    let services = root.join("System/Library/CoreServices");
    std::fs::create_dir_all(&services).expect("a folder");
    // The format of Apple's property lists: plist(5).
    let list = "<?xml version=\"1.0\"?>\n<plist version=\"1.0\"><dict>\n<key>ProductBuildVersion</key>\n\t<string>20E247</string>\n<key>ProductName</key>\n\t<string>macOS</string>\n<key>ProductVersion</key><string>14.2.1</string></dict></plist>";
    std::fs::write(services.join("SystemVersion.plist"), list).expect("written");
    let lookup = |name: &str| (name == "USERNAME").then(|| "sam".to_owned());
    let mut here = nowhere(&lookup, root);
    here.os = "macos";
    here.arch = "aarch64";
    let found = Detector::Os.run(&here).expect("found").0;
    for (key, text) in [
        ("os.type", "darwin"),
        ("os.name", "macOS"),
        ("os.version", "14.2.1"),
        ("os.build_id", "20E247"),
        ("os.description", "macOS 14.2.1 (20E247)"),
    ] {
        assert_eq!(value(&found, key).as_deref(), Some(text), "{key}");
    }
    let found = Detector::Host.run(&here).expect("found").0;
    assert_eq!(value(&found, "host.arch").as_deref(), Some("arm64"));
    here.os = "windows";
    here.executable = Some("C:\\Program Files\\orders.exe".into());
    let found = Detector::Process.run(&here).expect("found").0;
    assert_eq!(value(&found, "process.owner").as_deref(), Some("sam"));
    assert_eq!(value(&found, "process.executable.name").as_deref(), Some("orders.exe"));
    let found = Detector::Os.run(&here).expect("found").0;
    assert_eq!(value(&found, "os.type").as_deref(), Some("windows"));
}

#[test]
fn a_program_that_was_replaced_while_it_ran_keeps_its_name() {
    let mut here = nowhere(&|_| None, "/nowhere".into());
    here.executable = Some("/usr/bin/orders (deleted)".into());
    let found = Detector::Process.run(&here).expect("found").0;
    assert_eq!(value(&found, "process.executable.path").as_deref(), Some("/usr/bin/orders"));
    assert_eq!(value(&found, "process.executable.name").as_deref(), Some("orders"));
}
