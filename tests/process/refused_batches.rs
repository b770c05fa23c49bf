//! A collector that refuses some batches and not others, for what is in them or for their size. Nothing stops the others.

use std::io::Write as _;
use std::time::{Duration, Instant};

use spanwise_tests::LONG;

use crate::paced::{GRPC, HTTP, Settings};
use crate::probe::Running;
use crate::refusals::is_sent_again;
use crate::scripted::{Came, Scripted};

/// A probe that records spans of chosen names and sizes (`tests/programs/probe/sized.rs`).
pub(crate) struct Sized {
    probe: Running,
}

impl Sized {
    pub(crate) fn start(collector: &Scripted, spool: Option<&str>, settings: Settings<'_>) -> Self {
        let endpoint = collector.endpoint();
        let arguments: Vec<_> = std::iter::once("sized").chain(spool).collect();
        let mut environment = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"),
        ];
        environment.extend(settings);
        let mut probe = Running::start(&arguments, &environment);
        assert_eq!(probe.line(), "started");
        Self { probe }
    }

    pub(crate) fn ask(&mut self, command: &str) -> String {
        writeln!(self.probe.stdin.as_mut().expect("open"), "{command}").expect("the probe listens");
        self.probe.line()
    }

    pub(crate) fn record(&mut self, name: &str, bytes: usize, times: usize) {
        assert_eq!(self.ask(&format!("{name} {bytes} {times}")), "recorded");
    }

    fn flush(&mut self) {
        assert_eq!(self.ask("flush"), "Ok(())");
    }

    /// Flushes when all but one have arrived, which the collector refuses.
    fn flush_without_one(&mut self) {
        let answer = self.ask("flush");
        assert!(answer.starts_with("Err(\"1 spans are not delivered: "), "{answer}");
    }

    /// Shuts down, and asserts the report's text. Returns standard error.
    pub(crate) fn ends_with(self, report: &str) -> String {
        let (stdout, stderr) = self.probe.stop();
        assert_eq!(stdout.lines().next(), Some(report), "{stdout}{stderr}");
        stderr
    }
}

/// A span that is always refused is found, and all others arrive, those in its batch among them. It waits for five minutes, or for the end
/// of the process.
fn poison_waits_alone(grpc: i32, http: u16, settings: Settings<'_>) {
    let mut collector = Scripted::start();
    collector.command(&format!("serve poison {grpc} {http}"));
    let mut probe = Sized::start(&collector, None, settings);
    probe.record("before", 0, 5);
    probe.record("poison", 0, 1);
    probe.record("after", 0, 40);
    assert_eq!(collector.ask("await count 45"), "ok");
    probe.record("later", 0, 4);
    probe.flush_without_one();
    assert_eq!(collector.taken(), Came { distinct: 49, again: 0 });
    probe.ends_with("50 spans: 49 exported, 1 dropped because no collector accepted them in time");
}

#[test]
fn a_span_that_is_always_refused_waits_alone_over_grpc() {
    // UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, DATA_LOSS
    std::thread::scope(|scope| {
        for code in [14, 1, 4, 15] {
            scope.spawn(move || poison_waits_alone(code, 0, GRPC));
        }
    });
}

#[test]
fn a_span_that_is_always_refused_waits_alone_over_http() {
    std::thread::scope(|scope| {
        for status in [502, 503, 504, 429] {
            scope.spawn(move || poison_waits_alone(0, status, HTTP));
        }
    });
}

/// In a spool, too, and after the process was killed.
#[test]
fn a_refused_batch_in_the_spool_does_not_hold_up_the_next_process() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().to_str().expect("text");
    let mut collector = Scripted::start();
    collector.command("serve unavailable");
    let mut probe = Sized::start(&collector, Some(path), GRPC);
    probe.record("poison", 0, 1);
    probe.record("other", 0, 39);
    let answer = probe.ask("flush");
    assert!(answer.starts_with("Err(\"40 spans are not delivered: "), "{answer}");
    let batches = || {
        let folders = std::fs::read_dir(path).expect("a spool").filter_map(Result::ok);
        let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok()).flatten();
        files
            .filter_map(Result::ok)
            .filter(|file| file.path().extension().is_some_and(|end| end == "batch"))
            .count()
    };
    let start = Instant::now();
    while batches() < 5 {
        assert!(start.elapsed() < LONG, "the batches are not written");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    drop(probe);

    collector.command("serve poison 14 503");
    let mut probe = Sized::start(&collector, Some(path), GRPC);
    assert_eq!(collector.ask("await count 39"), "ok");
    probe.record("later", 0, 4);
    assert_eq!(collector.ask("await count 43"), "ok");
    drop(probe);

    // What was refused is still there, for a collector that takes it.
    collector.command("serve healthy");
    let mut probe = Sized::start(&collector, Some(path), GRPC);
    assert_eq!(collector.ask("await count 44"), "ok");
    probe.flush();
}

/// A tonic server takes 4 MiB, and says `OUT_OF_RANGE`; axum takes what it is asked to.
#[test]
fn only_a_span_that_is_too_large_itself_is_dropped() {
    for (mode, settings) in [("healthy", GRPC), ("limit 4000000", HTTP), ("limit-413 4000000", GRPC)] {
        let mut collector = Scripted::start();
        collector.command(&format!("serve {mode}"));
        let mut probe = Sized::start(&collector, None, settings);
        probe.record("small", 10, 5);
        probe.record("huge", 5 << 20, 1);
        probe.record("small", 10, 4);
        probe.record("large", 3_400_000, 1);
        probe.record("medium", 600_000, 7);
        probe.record("small", 10, 4);
        // It may be dropped before the flush or by it.
        probe.ask("flush");
        assert_eq!(collector.taken(), Came { distinct: 21, again: 0 }, "{mode}");
        let stderr =
            probe.ends_with("22 spans: 21 exported, 1 dropped because each was larger than a request may be");
        assert_eq!(stderr.matches("a span \"huge\" is too large").count(), 1, "{mode}: {stderr}");
        assert!(!stderr.contains("\"large\""), "{mode}: {stderr}");
    }
}

/// Larger than any request may be, so it is not even sent.
#[test]
fn a_span_of_more_than_64_mib_is_dropped_at_once() {
    let mut collector = Scripted::start();
    let mut probe = Sized::start(&collector, None, GRPC);
    probe.record("small", 10, 5);
    probe.record("huge", 65 << 20, 1);
    probe.record("small", 10, 5);
    // It may be dropped before the flush or by it.
    probe.ask("flush");
    assert_eq!(collector.taken(), Came { distinct: 10, again: 0 });
    let stderr =
        probe.ends_with("11 spans: 10 exported, 1 dropped because each was larger than a request may be");
    assert_eq!(stderr.matches("a span \"huge\" is too large").count(), 1, "{stderr}");
}

/// nginx takes a million bytes and some, by default: everything passes at once.
#[test]
fn a_request_is_smaller_than_a_proxy_takes_by_default() {
    for settings in [GRPC, HTTP] {
        let mut collector = Scripted::start();
        collector.command("serve limit-413 1000000");
        let mut settings = settings.to_vec();
        settings.push(("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10000"));
        let mut probe = Sized::start(&collector, None, &settings);
        probe.record("span", 400, 8_000);
        probe.flush();
        assert_eq!(collector.taken(), Came { distinct: 8_000, again: 0 });
        assert_eq!(collector.seen(), Came { distinct: 8_000, again: 0 }, "none was refused first");
        let largest = collector.number("largest");
        assert!((500_000..1_000_000).contains(&largest), "{largest}");
        let stderr = probe.ends_with("8000 spans: 8000 exported");
        assert_eq!(stderr, "");
    }
}

/// A collector that takes less gets less: after the first refusals no request is too large.
#[test]
fn a_collector_that_takes_less_gets_smaller_requests() {
    for (mode, settings) in [("limit", GRPC), ("limit", HTTP), ("limit-413", GRPC), ("limit-413", HTTP)] {
        let mut collector = Scripted::start();
        collector.command(&format!("serve {mode} 100000"));
        let mut settings = settings.to_vec();
        settings.push(("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10000"));
        let mut probe = Sized::start(&collector, None, &settings);
        for _ in 0..4 {
            probe.record("span", 400, 4_000);
            probe.flush();
        }
        assert_eq!(collector.taken(), Came { distinct: 16_000, again: 0 });
        let requests = collector.arrivals().len();
        assert!(requests < 200, "{requests} requests for some nine million bytes");
        let stderr = probe.ends_with("16000 spans: 16000 exported");
        assert!(stderr.lines().all(|line| line.contains("note: ")), "{stderr}");
    }
}

/// More than 4 MiB are no answer of a collector.
#[test]
fn an_answer_without_end_is_not_taken_for_success() {
    for settings in [GRPC, HTTP] {
        is_sent_again("long", settings);
    }
}

/// The request goes where the collector says, if that is the collector itself.
#[test]
fn a_redirect_to_the_same_place_is_followed() {
    for status in [307, 308] {
        let mut collector = Scripted::start();
        collector.command(&format!("serve redirect {status}"));
        let mut probe = Sized::start(&collector, None, HTTP);
        probe.record("span", 10, 20);
        probe.flush();
        assert_eq!(collector.taken(), Came { distinct: 20, again: 0 });
        assert_eq!(probe.ends_with("20 spans: 20 exported"), "");
    }
}

/// No other place gets the headers, which may hold keys. But the spans are kept.
#[test]
fn a_redirect_that_is_not_followed_loses_nothing() {
    for (status, settings) in [(302, HTTP), (301, HTTP), (307, GRPC)] {
        let (_, outcome) = is_sent_again(&format!("redirect {status}"), settings);
        assert_eq!(outcome.stderr.matches("redirects").count(), 1, "{}", outcome.stderr);
    }
}
