//! The queue, run as a newcomer runs it, and with a collector that looks at what comes.

mod started;

use std::process::Command;

use spanwise::testing::{Collector, Tree};

use crate::started::example;

fn queue() -> Command {
    example("queue")
}

#[test]
fn it_prints_its_traces() {
    let output = queue().output().expect("it runs");
    let said = String::from_utf8(output.stdout).expect("text");
    let complained = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{complained}");
    assert_eq!(complained, "");
    assert!(said.starts_with("1 of 3 orders could not be charged\n\ntrace "), "{said}");
    // The shop's, and one for each of the two batches.
    assert_eq!(said.matches("trace ").count(), 3, "{said}");
    assert_eq!(said.matches("poll orders is linked to send orders\n").count(), 3, "{said}");
    assert_eq!(said.matches("process orders is linked to poll orders\n").count(), 3, "{said}");
}

/// The whole tree: what was sent, what became of it, the attempts, and the message that is sent on.
#[test]
fn each_record_is_in_the_trace_of_its_sender() {
    let collector = Collector::start().expect("a collector");
    let output = queue().env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()).output().expect("it runs");
    assert!(output.status.success());
    let mut spans: Vec<_> = collector.spans().into_iter().map(|received| received.span).collect();
    // The order of what begins at the same moment.
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
    /// Names, kinds, links and failures; no events.
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
