//! The trace's id on log lines.

use std::io::Write;
use std::sync::{Arc, Mutex};

use spanwise::logs::TraceIds;
use spanwise::testing::Capture;
use spanwise::{instrument, span};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("text")
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[instrument]
fn logs() -> (String, String) {
    tracing::info!(answer = 42, "inside");
    let ids = (spanwise::current_trace_id(), spanwise::current_span_id());
    (ids.0.expect("a trace"), ids.1.expect("a span"))
}

fn run() -> (String, String) {
    let capture = Capture::new();
    let ids = capture.run(logs);
    let _span = span!("recorded by nobody");
    tracing::info!("outside");
    ids
}

#[test]
fn a_line_of_text_ends_with_the_ids() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .map_event_format(TraceIds::new)
        .finish();
    let (trace, span) = tracing::subscriber::with_default(subscriber, run);
    assert_eq!(
        lines.text(),
        format!(" INFO inside answer=42 trace_id={trace} span_id={span}\n INFO outside\n")
    );
}

#[test]
fn a_json_line_has_two_more_members() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(lines.clone())
        .without_time()
        .with_target(false)
        .map_event_format(TraceIds::new)
        .finish();
    let (trace, span) = tracing::subscriber::with_default(subscriber, run);
    let text = lines.text();
    let (first, second) = text.split_once('\n').expect("two lines");
    assert!(
        first.starts_with('{')
            && first.ends_with(&format!(",\"trace_id\":\"{trace}\",\"span_id\":\"{span}\"}}")),
        "{first}"
    );
    assert!(!second.contains("trace_id"), "{second}");
}
