//! Runs the queue as a newcomer does, and once more with a collector that checks the spans.

mod support;

use std::process::Command;

use spanwise::testing::{Collector, Tree};

use crate::support::example;

fn queue() -> Command {
    example("queue")
}

#[test]
fn it_prints_its_traces() {
    let output = queue().output().expect("it runs");
    let stdout = String::from_utf8(output.stdout).expect("text");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr, "");
    assert!(stdout.starts_with("1 of 3 orders could not be charged\n\ntrace "), "{stdout}");
    // One trace of the shop, and one for each of the two batches.
    assert_eq!(stdout.matches("trace ").count(), 3, "{stdout}");
    assert_eq!(stdout.matches("poll orders is linked to send orders\n").count(), 3, "{stdout}");
    assert_eq!(stdout.matches("process orders is linked to poll orders\n").count(), 3, "{stdout}");
}

/// Checks the whole tree: the records, how each is processed, the attempts, and the record that is forwarded.
#[test]
fn each_record_is_in_the_trace_of_its_sender() {
    let collector = Collector::start().expect("a collector");
    let output = queue().env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()).output().expect("it runs");
    assert!(output.status.success());
    let mut spans: Vec<_> = collector.spans().into_iter().map(|received| received.span).collect();
    // Puts spans with the same parent into the order in which they started.
    spans.sort_by_key(|span| span.start);
    let tree = Tree::new(spans).without("messaging.system").without("messaging.operation.").to_string();
    let tree = tree.without_attributes();
    let charged = "      charge\n";
    let failed = "      charge ✗\n";
    let process = "    process orders [consumer] → poll orders\n";
    let send = "  send orders [producer]\n";
    let shop = format!(
        "check_out\n\
         {send}{process}{charged}\
         {send}{process}{failed}{charged}\
         {send}{process}{failed}{failed}{failed}      send orders.unpaid [producer]\n"
    );
    assert!(tree.contains(&shop), "{tree}\nwhere this is expected:\n{shop}");
    assert!(tree.contains("poll orders [client] → send orders → send orders\n"), "{tree}");
    assert!(tree.contains("poll orders [client] → send orders\n"), "{tree}");
}

trait WithoutAttributes {
    fn without_attributes(&self) -> String;
}

impl WithoutAttributes for String {
    /// Keeps names, kinds, links and failures; removes attributes and events.
    fn without_attributes(&self) -> String {
        let mut plain = String::new();
        for line in self.lines().filter(|line| !line.trim_start().starts_with('•')) {
            let indent = line.len() - line.trim_start().len();
            let (line, failed) = match line.split_once(" ✗") {
                Some((line, _)) => (line, " ✗"),
                None => (line, ""),
            };
            let words = line.split(' ').filter(|word| !word.contains('=')).collect::<Vec<_>>().join(" ");
            let words = words.trim();
            plain += &format!("{}{words}{failed}\n", " ".repeat(indent));
        }
        plain
    }
}
