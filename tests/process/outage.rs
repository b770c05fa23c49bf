//! A collector that goes away and comes back.

use std::io::Write as _;

use spanwise::testing::Collector;
use spanwise_tests::nobody;

use crate::probe::{self, Running};

/// Makes the probe record so many spans and flush; what the flush said.
fn record(probe: &mut Running, spans: usize) -> String {
    let stdin = probe.stdin.as_mut().expect("open");
    writeln!(stdin, "{spans}").expect("the probe listens");
    probe.line()
}

/// A collector whose port nobody takes while it is away: it is at a loopback address of its own, where
/// the system has more than one.
fn collector_to_come_back(own: u8) -> Collector {
    Collector::start_at(([127, 0, 0, own], 0).into()).or_else(|_| Collector::start()).expect("a collector")
}

#[test]
fn what_ends_while_the_collector_is_away_arrives_when_it_is_back() {
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
    let (report, complaints) = probe.stop();
    assert_eq!(collector.spans().len(), 3_050);
    assert_eq!(report, "3150 spans: 3150 exported\n");
    // One line when it went, one when it came back.
    assert_eq!(complaints.matches("does not accept spans").count(), 1, "{complaints}");
    assert_eq!(complaints.matches("accepts spans again").count(), 1, "{complaints}");
}

/// However long the pauses between attempts have become: at the shutdown there is no time for them.
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
    let (report, complaints) = probe.stop();
    assert_eq!(report, "80 spans: 80 exported\n", "{complaints}");
    assert_eq!(collector.spans().len(), 80);
}

#[test]
fn a_collector_that_is_never_there_stops_nobody() {
    let (_socket, address) = nobody();
    let mut probe = Running::start(
        &["steady"],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://user:s3cret@{address}"))],
    );
    assert_eq!(probe.line(), "started");
    let answer = record(&mut probe, 10);
    assert!(answer.starts_with("Err(\"10 spans are not delivered: "), "{answer}");
    let (report, complaints) = probe.stop();
    assert_eq!(report, "10 spans: 0 exported, 10 dropped because no collector accepted them in time\n");
    assert!(
        complaints
            .contains(&format!("the collector at http://{address} (OTEL_EXPORTER_OTLP_ENDPOINT) does not")),
        "{complaints}"
    );
    assert!(!complaints.contains("s3cret"), "{complaints}");
    assert!(complaints.contains("at shutdown 10 spans are not delivered"), "{complaints}");
}

/// Beyond the queue's bound spans are dropped, counted and told once; nobody waits.
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
    let (report, complaints) = probe.stop();
    let arrived = collector.spans().len();
    assert!(arrived < 500, "{report}");
    assert_eq!(
        report,
        format!("500 spans: {arrived} exported, {} dropped because the queue was full\n", 500 - arrived)
    );
    assert_eq!(complaints.matches("OTEL_BSP_MAX_QUEUE_SIZE").count(), 1, "{complaints}");
}

/// Connections are taken and nothing is ever said.
#[test]
fn a_collector_that_never_answers_stops_nobody() {
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
    assert!(output.status.success(), "{}", probe::complaints(&output));
    let said = probe::said(&output);
    assert!(said.starts_with("Err(NotDelivered { kept: 2, "), "{said}");
}

/// Times that no clock can hold are as good as any.
#[test]
fn times_without_end_are_taken() {
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
    assert_eq!(probe::said(&output), "2 spans: 2 exported\n", "{}", probe::complaints(&output));
}

/// What is not a collector: it takes the connection and talks nonsense.
#[test]
fn nonsense_for_an_answer_stops_nobody() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream
                .and_then(|mut stream| stream.write_all(b"HTTP/1.1 418 I'm a teapot\r\n\r\nshort and stout"));
        }
    });
    let output = probe::run(&["flush"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}"))]);
    assert!(output.status.success(), "{}", probe::complaints(&output));
    assert!(probe::said(&output).starts_with("Err(NotDelivered { kept: 2, "), "{}", probe::said(&output));
    assert!(probe::said(&output).ends_with("2 spans: 0 exported, 2 kept to be sent again\n"));
}
