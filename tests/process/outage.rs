//! A collector that goes away and comes back.

use std::io::Write as _;

use spanwise::testing::Collector;
use spanwise_tests::nobody;

use crate::probe::{self, Running};

/// Makes the probe record this many spans and flush. Returns the result of the flush.
fn record(probe: &mut Running, spans: usize) -> String {
    let stdin = probe.stdin.as_mut().expect("open");
    writeln!(stdin, "{spans}").expect("the probe listens");
    probe.line()
}

/// A collector whose port stays free while it is away: it has a loopback address of its own, where the system has more
/// than one.
fn collector_to_come_back(own: u8) -> Collector {
    Collector::start_at(([127, 0, 0, own], 0).into()).or_else(|_| Collector::start()).expect("a collector")
}

#[test]
fn spans_that_end_while_the_collector_is_away_arrive_later() {
    let collector = collector_to_come_back(2);
    let address = collector.address();
    let mut probe = Running::start(&["steady"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert_eq!(probe.line(), "started");
    assert_eq!(record(&mut probe, 100), "Ok(())");
    assert_eq!(collector.spans().len(), 100);

    collector.stop();
    for round in 1..=3 {
        let answer = record(&mut probe, 1_000);
        assert!(
            answer.starts_with(&format!("Err(\"{} spans are not delivered: ", round * 1_000)),
            "{answer}"
        );
    }

    let collector = Collector::start_at(address).expect("the port is free again");
    assert_eq!(record(&mut probe, 50), "Ok(())");
    let (report, stderr) = probe.stop();
    assert_eq!(collector.spans().len(), 3_050);
    assert_eq!(report, "3150 spans: 3150 exported\n");
    // One line when the collector goes away, one when it is back.
    assert_eq!(stderr.matches("does not accept spans").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("accepts spans again").count(), 1, "{stderr}");
}

/// The shutdown does not wait for the pauses between attempts, which have become long.
#[test]
fn a_collector_that_comes_back_during_the_shutdown_gets_everything() {
    let collector = collector_to_come_back(3);
    let address = collector.address();
    let mut probe = Running::start(&["steady"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    assert_eq!(probe.line(), "started");
    collector.stop();
    for round in 1..=8 {
        let answer = record(&mut probe, 10);
        assert!(answer.starts_with(&format!("Err(\"{} spans are not delivered: ", round * 10)), "{answer}");
    }
    probe.ask_to_stop();
    let collector = Collector::start_at(address).expect("the port is free again");
    let (report, stderr) = probe.stop();
    assert_eq!(report, "80 spans: 80 exported\n", "{stderr}");
    assert_eq!(collector.spans().len(), 80);
}

#[test]
fn a_collector_that_never_comes_blocks_no_thread() {
    let (_socket, address) = nobody();
    let mut probe = Running::start(
        &["steady"],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://user:s3cret@{address}"))],
    );
    assert_eq!(probe.line(), "started");
    let answer = record(&mut probe, 10);
    assert!(answer.starts_with("Err(\"10 spans are not delivered: "), "{answer}");
    let (report, stderr) = probe.stop();
    assert_eq!(report, "10 spans: 0 exported, 10 dropped because no collector accepted them in time\n");
    assert!(
        stderr.contains(&format!("the collector at http://{address} (OTEL_EXPORTER_OTLP_ENDPOINT) does not")),
        "{stderr}"
    );
    assert!(!stderr.contains("s3cret"), "{stderr}");
    assert!(stderr.contains("at shutdown 10 spans are not delivered"), "{stderr}");
}

/// Spans beyond the queue's bound are dropped, counted, and warned about once; no thread waits.
#[test]
fn a_full_queue_drops_and_counts() {
    let collector = Collector::start().expect("a collector");
    let mut probe = Running::start(
        &["steady"],
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint()),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "1"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
        ],
    );
    assert_eq!(probe.line(), "started");
    assert_eq!(record(&mut probe, 500), "Ok(())");
    let (report, stderr) = probe.stop();
    let arrived = collector.spans().len();
    assert!(arrived < 500, "{report}");
    assert_eq!(
        report,
        format!("500 spans: {arrived} exported, {} dropped because the queue was full\n", 500 - arrived)
    );
    assert_eq!(stderr.matches("OTEL_BSP_MAX_QUEUE_SIZE").count(), 1, "{stderr}");
}

/// Connections are accepted, and never answered.
#[test]
fn a_collector_that_never_answers_blocks_no_thread() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || listener.incoming().collect::<Vec<_>>());
    let output = probe::run(
        &["flush"],
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}")),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
        ],
    );
    assert!(output.status.success(), "{}", probe::stderr(&output));
    let stdout = probe::stdout(&output);
    assert!(stdout.starts_with("Err(NotDelivered { kept: 2, "), "{stdout}");
}

/// Durations that no clock can hold are accepted.
#[test]
fn endless_timeouts_are_accepted() {
    let collector = Collector::start().expect("a collector");
    let forever = u64::MAX.to_string();
    let output = probe::run(
        &["no-runtime"],
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint()),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", &forever),
            ("OTEL_BSP_SCHEDULE_DELAY", &forever),
        ],
    );
    assert_eq!(probe::stdout(&output), "2 spans: 2 exported\n", "{}", probe::stderr(&output));
}

/// A server that accepts the connection and answers with garbage.
#[test]
fn a_garbage_answer_blocks_no_thread() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream
                .and_then(|mut stream| stream.write_all(b"HTTP/1.1 418 I'm a teapot\r\n\r\nshort and stout"));
        }
    });
    let output = probe::run(&["flush"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}"))]);
    assert!(output.status.success(), "{}", probe::stderr(&output));
    assert!(probe::stdout(&output).starts_with("Err(NotDelivered { kept: 2, "), "{}", probe::stdout(&output));
    assert!(probe::stdout(&output).ends_with("2 spans: 0 exported, 2 kept to be sent again\n"));
}
