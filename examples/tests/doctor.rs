//! Runs the doctor as a newcomer does: with and without a collector.

mod support;

use spanwise::testing::Collector;

use crate::support::example;

#[test]
fn it_prints_every_section_and_exits_by_the_test_span() {
    let output = example("doctor").output().expect("it runs");
    let stdout = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{stdout}");
    assert_eq!(output.stderr, b"");
    for section in
        ["Configuration", "Recorded by", "Resource", "Headers sent to other services", "Crates", "Test span"]
    {
        assert!(stdout.contains(&format!("\n{section}")), "{section} is not in {stdout}");
    }
    // The source of each resource attribute, and each detector that found nothing.
    assert!(stdout.contains("process.pid") && stdout.contains("detector `process`"), "{stdout}");
    assert!(stdout.contains("  - detector `kubernetes`: not here"), "{stdout}");

    let collector = Collector::start().expect("a collector");
    let with_collector = |endpoint: &str| {
        let output =
            example("doctor").env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).output().expect("it runs");
        (output.status.success(), String::from_utf8(output.stdout).expect("text"))
    };
    let (is_healthy, stdout) = with_collector(&collector.endpoint());
    assert!(is_healthy && stdout.contains("\n  accepted by http://"), "{stdout}");
    let endpoint = collector.endpoint();
    collector.stop();
    let (is_healthy, stdout) = with_collector(&endpoint);
    assert!(!is_healthy && stdout.contains("NOT accepted by"), "{stdout}");
}
