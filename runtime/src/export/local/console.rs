//! Traces on the terminal, for development: a waterfall for each, once it is complete.

use std::collections::HashMap;
use std::io::{IsTerminal as _, Write as _};

use opentelemetry::trace::TraceId;

use super::waterfall::{self, Row, Style};
use crate::engine::queue::record::SpanRecord;

/// Spans that are held back until their trace is complete. Beyond, everything is shown as it is.
const MOST_HELD: usize = 4096;

/// Shows traces on standard error.
#[derive(Debug)]
pub(crate) struct Console {
    service: String,
    style: Style,
    held: HashMap<TraceId, Vec<SpanRecord>>,
    count: usize,
}

impl Console {
    /// A console for the process of this service.
    pub(crate) fn new(service: Option<String>) -> Self {
        Self {
            service: service.unwrap_or_default(),
            style: Style { color: std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() },
            held: HashMap::new(),
            count: 0,
        }
    }

    /// Takes spans, and shows each trace whose local root is among them: it ends last, but for what
    /// was spawned and left behind, which is shown on its own.
    pub(super) fn show(&mut self, spans: Vec<SpanRecord>) {
        let mut complete = Vec::new();
        self.count += spans.len();
        for span in spans {
            let trace = span.context.trace_id();
            if span.is_local_root() && !complete.contains(&trace) {
                complete.push(trace);
            }
            self.held.entry(trace).or_default().push(span);
        }
        for trace in complete {
            if let Some(spans) = self.held.remove(&trace) {
                self.print(&spans);
            }
        }
        if self.count > MOST_HELD {
            self.show_all();
        }
    }

    /// Shows what is held back.
    pub(super) fn show_all(&mut self) {
        for spans in std::mem::take(&mut self.held).into_values() {
            self.print(&spans);
        }
    }

    fn print(&mut self, spans: &[SpanRecord]) {
        self.count -= spans.len();
        let rows: Vec<_> = spans.iter().map(|span| Row { service: &self.service, span }).collect();
        // A closed standard error is no reason to stop.
        let _ = writeln!(std::io::stderr().lock(), "{}", waterfall::render(&rows, self.style));
    }
}
