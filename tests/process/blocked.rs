//! Standard error and standard output that nobody reads: a pipe that is full, as with a stopped `less`.

use std::io::{BufRead as _, BufReader, PipeReader, Read as _, Write as _, pipe};
use std::os::fd::AsRawFd as _;
use std::process::{ChildStdout, Stdio};
use std::time::{Duration, Instant};

use spanwise::testing::Collector;

use crate::probe;

/// The shutdown timeout, and what comes on top of it.
const AT_MOST: Duration = Duration::from_secs(7);

/// A pipe that has no room. Nobody reads it as long as the first value exists.
#[expect(unsafe_code, reason = "functions of C")]
fn full() -> (PipeReader, Stdio) {
    let (reader, mut writer) = pipe().expect("a pipe");
    let blocking = |is: bool| {
        let flags = if is { 0 } else { libc::O_NONBLOCK };
        // SAFETY: it changes a flag of an open file.
        assert_eq!(unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETFL, flags) }, 0);
    };
    blocking(false);
    let mut writer_again = writer.try_clone().expect("a file");
    while writer_again.write(&[b'.'; 1000]).is_ok() {}
    while writer_again.write(b".").is_ok() {}
    blocking(true);
    writer.flush().expect("it has no buffer");
    (reader, writer.into())
}

/// Runs the probe with a standard error that is full. Returns its standard output, its exit status, and how long it took.
fn run(
    arguments: &[&str],
    environment: &[(&str, &str)],
    meanwhile: impl FnOnce(u32, &mut BufReader<ChildStdout>),
) -> (String, Option<i32>, Duration) {
    let (_reader, stderr) = full();
    let start = Instant::now();
    let mut command = probe::command(arguments, environment);
    let mut process = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .expect("the probe starts");
    let mut lines = BufReader::new(process.stdout.take().expect("a pipe"));
    meanwhile(process.id(), &mut lines);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("text");
    let status = process.wait().expect("an end").code();
    (rest, status, start.elapsed())
}

/// Warnings at the start, and while spans are lost.
const BAD: [(&str, &str); 3] =
    [("OTEL_BSP_SCHEDULE_DELAY", "soon"), ("OTEL_TRACES_SAMPLER", "maybe"), ("OTEL_PROPAGATORS", "pigeon")];

#[test]
fn a_blocked_standard_error_holds_up_neither_start_nor_export_nor_shutdown() {
    let collector = Collector::start().expect("a collector");
    let endpoint = collector.endpoint();
    let environment = [&BAD[..], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)]].concat();
    for how in ["no-runtime", "multi-thread", "dropped"] {
        let (_, status, took) = run(&[how], &environment, |_, _| {});
        assert_eq!(status, Some(0), "{how}");
        assert!(took < AT_MOST, "{how}: {took:?}");
    }
    assert_eq!(collector.spans().len(), 8);
}

/// The console exporter writes there, too.
#[test]
fn a_blocked_console_does_not_hold_up_the_shutdown() {
    let environment = [&BAD[..], &[("OTEL_TRACES_EXPORTER", "console")]].concat();
    let (report, status, took) = run(&["no-runtime"], &environment, |_, _| {});
    assert_eq!(status, Some(0));
    assert!(took < AT_MOST, "{took:?}");
    assert!(report.starts_with("2 spans: 0 exported"), "{report}");
}

/// A console beside a collector does not hold up the collector.
#[test]
fn a_blocked_console_does_not_hold_up_a_collector_beside_it() {
    let collector = Collector::start().expect("a collector");
    let environment =
        [("OTEL_TRACES_EXPORTER", "otlp,console"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint())];
    let (report, status, took) = run(&["no-runtime"], &environment, |_, _| {});
    assert_eq!((status, report.as_str()), (Some(0), "2 spans: 2 exported\n"));
    assert!(took < AT_MOST, "{took:?}");
    assert_eq!(collector.spans().len(), 2);
}

#[test]
fn a_blocked_standard_error_does_not_make_a_signal_ineffective() {
    for exporter in ["console", "otlp"] {
        let environment = [&BAD[..], &[("OTEL_TRACES_EXPORTER", exporter)]].concat();
        let (_, status, took) = run(&["signal"], &environment, |id, lines| {
            let mut line = String::new();
            lines.read_line(&mut line).expect("a line");
            assert_eq!(line, "started\n");
            let sent = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status();
            assert!(sent.expect("kill is there").success());
        });
        assert_eq!(status, Some(143), "{exporter}");
        assert!(took < AT_MOST, "{exporter}: {took:?}");
    }
}

/// Lines of JSON on standard output.
#[test]
fn a_blocked_standard_output_does_not_hold_up_the_shutdown() {
    let (_reader, stdout) = full();
    let start = Instant::now();
    let mut command = probe::command(&["dropped"], &[("OTEL_TRACES_EXPORTER", "otlp/stdout")]);
    let mut process = command.stdout(stdout).stderr(Stdio::piped()).spawn().expect("the probe starts");
    let mut stderr = String::new();
    process.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    assert!(process.wait().expect("an end").success());
    assert!(start.elapsed() < AT_MOST, "{:?}", start.elapsed());
    assert!(stderr.contains("at shutdown"), "{stderr}");
}
