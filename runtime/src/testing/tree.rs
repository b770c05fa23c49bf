//! Spans as a tree of text.

use std::fmt;

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{KeyValue, Value};

use super::SpanRecord;
use crate::export::tree_order::tree_order;

/// The spans of one or several traces as trees; its `Display` is meant for assertions.
///
/// A line for each span, two spaces deeper than its parent's: name, kind unless internal, attributes
/// in the order they were set, links (`→`) by the name of the span, and the status where there is one.
/// Events follow on lines of their own. Where the code stands (`code.*`) is left out: it changes with every line that is added above.
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
    /// The trees of these spans.
    #[must_use]
    pub fn new(spans: Vec<SpanRecord>) -> Self {
        Self { spans, hidden: vec!["code.".to_owned()] }
    }

    /// Leaves out the attributes whose keys start so, for what differs from run to run.
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
