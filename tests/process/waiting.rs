//! Threads that record never wait: while the exporter waits for a collector, they make no system call that can block.

use std::collections::{HashMap, HashSet};
use std::process::Command;

use crate::probe;
use crate::scripted::{Scripted, scratch};

/// Spans of each thread: fewer than the queue holds, because `strace` makes the exporter slow.
const SPANS: &str = "20000";

/// Calls for memory and clocks.
const HARMLESS: [&str; 8] =
    ["brk", "clock_gettime", "gettimeofday", "madvise", "mmap", "mprotect", "mremap", "munmap"];

/// Whether a line of `strace -y` is a call that never waits.
///
/// Locks of the C library's allocator do not count. It waits for them by another call than Rust's locks,
/// `FUTEX_WAIT_BITSET`.
fn is_harmless(call: &str) -> bool {
    HARMLESS.iter().any(|name| call.starts_with(&format!("{name}(")))
        // It wakes the exporter.
        || call.starts_with("write(") && call.contains("[eventfd]")
        || call.starts_with("futex(") && (call.contains("FUTEX_WAKE") || call.contains("FUTEX_WAIT_PRIVATE"))
}

/// The calls of a trace, each with its thread.
fn calls(trace: &str) -> impl Iterator<Item = (&str, &str)> {
    trace
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(thread, call)| (thread, call.trim_start()))
        // The ends of calls whose beginnings are above, signals, and ends of threads.
        .filter(|(_, call)| !call.starts_with(['<', '-', '+']))
}

/// The calls of the threads that record during the burst.
fn calls_while_recording(trace: &str) -> HashMap<&str, Vec<&str>> {
    let mut threads: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut recording = HashSet::new();
    for (thread, call) in calls(trace) {
        if call.contains("\"the burst begins\"") {
            recording.insert(thread);
            threads.entry(thread).or_default();
        } else if call.contains("\"the burst ends\"") {
            recording.remove(thread);
        } else if recording.contains(thread) {
            threads.entry(thread).or_default().push(call);
        }
    }
    assert!(recording.is_empty(), "each burst has an end");
    threads
}

/// Whether `strace` is installed and may trace.
fn can_trace() -> bool {
    let tried = Command::new("strace").args(["-o", "/dev/null", "true"]).output();
    tried.is_ok_and(|output| output.status.success())
}

fn assert_no_thread_waits(command: &str, environment: &[(&str, &str)]) {
    if !can_trace() {
        println!("skipped: strace is not here, or may not trace");
        return;
    }
    let mut collector = Scripted::start();
    collector.command(command);
    let endpoint = collector.endpoint();
    let mut all = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "1")];
    all.extend(environment);
    let burst = probe::command(&["burst", SPANS], &all);
    let path = scratch();
    let mut strace = Command::new("strace");
    strace.args(["-f", "-y", "-o"]).arg(&path).arg(burst.get_program()).args(burst.get_args());
    for (name, value) in burst.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let output = strace.output().expect("strace runs");
    assert!(output.status.success(), "{}", probe::stderr(&output));
    let trace = std::fs::read_to_string(&path).expect("a trace");
    std::fs::remove_file(&path).expect("it is there");

    let exporter_waits = calls(&trace).any(|(_, call)| call.starts_with("epoll_wait("));
    assert!(exporter_waits, "calls that wait are seen");
    let threads = calls_while_recording(&trace);
    assert_eq!(threads.len(), 2, "both threads recorded");
    for (thread, calls) in threads {
        let waits: Vec<_> = calls.iter().filter(|call| !is_harmless(call)).collect();
        assert!(waits.is_empty(), "thread {thread}: {waits:#?}");
        let wakes = calls.iter().filter(|call| call.contains("[eventfd]")).count();
        println!("thread {thread}: {} calls, {wakes} of which wake the exporter", calls.len());
    }
}

#[test]
fn no_recording_thread_waits_for_a_collector_that_is_away() {
    assert_no_thread_waits("away", &[]);
}

#[test]
fn no_recording_thread_waits_for_an_answer() {
    assert_no_thread_waits("serve never", &[("OTEL_EXPORTER_OTLP_TIMEOUT", "200")]);
}

#[test]
fn no_recording_thread_waits_while_spans_are_accepted() {
    assert_no_thread_waits("serve healthy", &[]);
}

/// Without room, spans are dropped. The warning comes from a thread that does not record.
#[test]
fn no_recording_thread_waits_for_room() {
    assert_no_thread_waits(
        "away",
        &[("OTEL_BSP_MAX_QUEUE_SIZE", "1"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")],
    );
}

#[test]
fn a_trace_is_read_thread_by_thread() {
    let trace = "7 write(4</dev/null>, \"the burst begins\", 16) = 16\n\
                 8 epoll_wait(3<anon_inode:[eventpoll]>, [], 1024, 5) = 0\n\
                 7 write(5<anon_inode:[eventfd]>, \"\\1\\0\\0\\0\\0\\0\\0\\0\", 8) = 8\n\
                 7 futex(0x7f00, FUTEX_WAIT_BITSET_PRIVATE, 2, NULL, FUTEX_BITSET_MATCH_ANY <unfinished ...>\n\
                 7 <... futex resumed>) = 0\n\
                 7 write(4</dev/null>, \"the burst ends\", 14) = 14\n\
                 7 recvfrom(6, \"\", 8, 0, NULL, NULL) = 0\n";
    let threads = calls_while_recording(trace);
    assert_eq!(threads.len(), 1);
    let [wake, wait] = threads["7"][..] else { panic!("{threads:?}") };
    assert!(is_harmless(wake) && !is_harmless(wait), "{threads:?}");
}
