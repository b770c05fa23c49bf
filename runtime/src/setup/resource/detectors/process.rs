//! [`process.*`](https://opentelemetry.io/docs/specs/semconv/resource/process/).

use super::super::found::{Absent, Found};
use super::super::host_view::HostView;

/// Linux appends this to the path of a program whose file was deleted, for example by an upgrade.
const DELETED: &str = " (deleted)";

/// The unit of times in `/proc`, on every architecture of Linux that Rust supports.
const TICKS_PER_SECOND: u64 = 100;

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    let compiler = env!("SPANWISE_RUSTC");
    Ok(Found::default()
        .value("process.pid", here.pid)
        .value("process.parent_pid", here.parent_pid)
        .text("process.executable.name", executable_name(here))
        .text("process.executable.path", executable_path(here))
        .constant("process.runtime.name", "rust")
        // `1.90.0` of `rustc 1.90.0 (1159e78c4 2025-09-14)`, the compiler that built this crate.
        .text("process.runtime.version", compiler.split_whitespace().nth(1).map(ToOwned::to_owned))
        .text("process.runtime.description", compiler.to_owned())
        .text("process.owner", owner(here))
        .text("process.creation.time", creation_time(here)))
}

fn executable_path(here: &HostView<'_>) -> Option<String> {
    let path = here.executable.as_deref()?.to_string_lossy();
    let path = if here.os == "linux" { path.strip_suffix(DELETED).unwrap_or(&path) } else { &path };
    Some(path.to_owned())
}

/// The file name of the program.
pub(super) fn executable_name(here: &HostView<'_>) -> Option<String> {
    let path = executable_path(here)?;
    let name = path.rsplit(if here.os == "windows" { ['/', '\\'] } else { ['/'; 2] }).next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The name of the user that the process runs as. On Linux it is the effective user's, from `/etc/passwd`, without a directory
/// service. Other Unix systems need `unsafe` for it.
fn owner(here: &HostView<'_>) -> Option<String> {
    match here.os {
        "windows" => here.variable("USERNAME"),
        "linux" | "android" => {
            let status = here.file_if_any("/proc/self/status")?;
            let ids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
            let effective: u32 = ids.split_whitespace().nth(1)?.parse().ok()?;
            user_name(&here.file_if_any("/etc/passwd")?, effective)
        }
        _ => None,
    }
}

/// Finds a user in the lines `name:password:id:…`.
fn user_name(users: &str, id: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let its: u32 = fields.nth(1)?.parse().ok()?;
        (its == id && !name.is_empty()).then(|| name.to_owned())
    })
}

/// When the process started, to the second. The kernel counts it in ticks since boot.
fn creation_time(here: &HostView<'_>) -> Option<String> {
    if here.os != "linux" {
        return None;
    }
    let process = here.file_if_any("/proc/self/stat")?;
    // The second field is the program's name in parentheses. It may contain spaces and parentheses.
    let (_, fields) = process.rsplit_once(") ")?;
    let ticks: u64 = fields.split(' ').nth(19)?.parse().ok()?;
    let machine = here.file_if_any("/proc/stat")?;
    let booted = machine.lines().find_map(|line| line.strip_prefix("btime "))?;
    iso_8601(booted.trim().parse::<u64>().ok()?.checked_add(ticks / TICKS_PER_SECOND)?)
}

/// Formats seconds since 1970 as `2026-11-21T13:14:43Z`.
fn iso_8601(seconds: u64) -> Option<String> {
    let (days, rest) = (i64::try_from(seconds / 86_400).ok()?, seconds % 86_400);
    // Years that begin in March end with the leap day.
    let days = days.checked_add(719_468)?;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_formatted_as_iso_8601() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_266_883, "2026-11-21T13:14:43Z"),
        ] {
            assert_eq!(iso_8601(seconds).as_deref(), Some(text));
        }
        assert!(iso_8601(u64::MAX).is_some());
    }

    #[test]
    fn users_are_found_by_the_whole_id() {
        let users = "root:x:0:0:root:/root:/bin/bash\nbroken\n:x:10:0::/:\nten:x:10:10::/:/bin/false\n";
        assert_eq!(user_name(users, 0).as_deref(), Some("root"));
        assert_eq!(user_name(users, 10).as_deref(), Some("ten"));
        assert_eq!(user_name(users, 1), None);
    }
}
