//! Spans as a tree of text.

use std::fmt;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};

use super::SpanRecord;
use crate::export::tree_order::tree_order;

/// The spans of one or several traces as trees. Its `Display` form is for assertions.
///
/// Each span is a line, two spaces deeper than its parent's. It has the name; the kind, unless it is internal; the attributes, in
/// the order in which they were set; the links (`→`), by the name of the linked span; and the status, if it is set. Each event is a
/// line below. The attributes `code.*` are left out, because they change with every line that is added above.
///
/// ```text
/// GET /orders/{id} [server] http.response.status_code=500 ✗
///   load order.id=7 error.type="shop::NotFound" ✗ "no such order"
///     • exception exception.type="shop::NotFound" exception.message="no such order"
/// ```
#[derive(Clone, Debug)]
pub struct Tree {
    spans: Vec<SpanRecord>,
    hidden: Vec<String>,
}

impl Tree {
    /// Returns the trees of these spans.
    #[must_use]
    pub fn new(spans: Vec<SpanRecord>) -> Self {
        Self { spans, hidden: vec!["code.".to_owned()] }
    }

    /// Leaves out the attributes whose keys start with `prefix`; for example, those that differ from run to run.
    #[must_use]
    pub fn without(mut self, prefix: impl Into<String>) -> Self {
        self.hidden.push(prefix.into());
        self
    }

    fn write_attributes(&self, f: &mut fmt::Formatter<'_>, attributes: &[KeyValue]) -> fmt::Result {
        for attribute in attributes {
            let key = attribute.key.as_str();
            if self.hidden.iter().any(|hidden| key.starts_with(hidden)) {
                continue;
            }
            match &attribute.value {
                Value::String(text) => write!(f, " {key}={:?}", text.as_str())?,
                value => write!(f, " {key}={value}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spans: Vec<_> = self.spans.iter().collect();
        for placed in tree_order(&spans) {
            let span = spans[placed.index];
            let indent = "  ".repeat(placed.depth());
            write!(f, "{indent}{}", span.name)?;
            match span.kind {
                SpanKind::Internal => {}
                SpanKind::Client => f.write_str(" [client]")?,
                SpanKind::Server => f.write_str(" [server]")?,
                SpanKind::Producer => f.write_str(" [producer]")?,
                SpanKind::Consumer => f.write_str(" [consumer]")?,
            }
            self.write_attributes(f, &span.attributes)?;
            for link in &span.links {
                let linked = self.spans.iter().find(|span| {
                    span.context.span_id() == link.span_context.span_id()
                        && span.context.trace_id() == link.span_context.trace_id()
                });
                write!(f, " → {}", linked.map_or("elsewhere", |span| &span.name))?;
            }
            match &span.status {
                Status::Unset => {}
                Status::Ok => f.write_str(" ✓")?,
                Status::Error { description } if description.is_empty() => f.write_str(" ✗")?,
                Status::Error { description } => write!(f, " ✗ {description:?}")?,
            }
            f.write_str("\n")?;
            for event in &span.events {
                write!(f, "{indent}  • {}", event.name)?;
                self.write_attributes(f, &event.attributes)?;
                f.write_str("\n")?;
            }
        }
        Ok(())
    }
}
