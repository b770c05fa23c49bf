//! The doctor, asked as a newcomer asks it.

mod started;

use spanwise::testing::Collector;

use crate::started::example;

#[test]
fn it_says_what_there_is_and_its_status_is_the_span_s() {
    let output = example("doctor").output().expect("it runs");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{said}");
    assert_eq!(output.stderr, b"");
    for section in
        ["Configuration", "Recorded by", "Resource", "Headers sent to other services", "Crates", "Test span"]
    {
        assert!(said.contains(&format!("\n{section}")), "{section} is not in {said}");
    }
    // Which detector gave what, and which found nothing, and why.
    assert!(said.contains("process.pid") && said.contains("detector `process`"), "{said}");
    assert!(said.contains("  - detector `kubernetes`: not here"), "{said}");

    let collector = Collector::start().expect("a collector");
    let with_collector = |endpoint: &str| {
        let output =
            example("doctor").env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint).output().expect("it runs");
        (output.status.success(), String::from_utf8(output.stdout).expect("text"))
    };
    let (is_healthy, said) = with_collector(&collector.endpoint());
    assert!(is_healthy && said.contains("\n  accepted by http://"), "{said}");
    let endpoint = collector.endpoint();
    collector.stop();
    let (is_healthy, said) = with_collector(&endpoint);
    assert!(!is_healthy && said.contains("NOT accepted by"), "{said}");
}
