//! Collectors that answer anything.

use std::io::Write as _;

use crate::probe::Running;
use crate::{hostile_server, rounds};

/// The program goes on and ends in time, and each span is somewhere.
#[test]
fn a_hostile_collector_stops_no_program_and_each_span_is_counted() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let run = |seed: u64| {
        let address = runtime.block_on(hostile_server(seed));
        let protocol = if seed.is_multiple_of(2) { "grpc" } else { "http/protobuf" };
        let endpoint = format!("http://{address}");
        let environment = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_BSP_SCHEDULE_DELAY", "50"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
        ];
        let mut probe = Running::start(&["steady"], &environment);
        assert_eq!(probe.line(), "started");
        for _ in 0..5 {
            writeln!(probe.stdin.as_mut().expect("open"), "200").expect("the probe listens");
            // Whatever the result of the flush is.
            assert!(!probe.line().is_empty(), "seed {seed}");
        }
        let (report, stderr) = probe.stop();
        assert!(!stderr.contains("panicked"), "seed {seed}: {stderr}");
        let counts = report.trim_end().strip_prefix("1000 spans: ").unwrap_or_else(|| panic!("{report}"));
        let sum: u64 = counts
            .split(", ")
            .map(|part| part.split(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a count"))
            .sum();
        assert_eq!(sum, 1000, "seed {seed}: {report}");
    };
    std::thread::scope(|scope| {
        let run = &run;
        for seed in 0..rounds(8) {
            scope.spawn(move || run(seed));
        }
    });
}
