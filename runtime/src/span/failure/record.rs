//! Marks a span as failed. Every error and panic passes here, so that one place decides between span events and log records.

use std::fmt::Display;

use opentelemetry::trace::{Status, TraceContextExt as _};
use opentelemetry::{Context, KeyValue, Value};

use super::exception::{Exception, LoggedException, bounded, sources};
use super::panic_note::{self, PanicMark};
use super::signal;
use crate::level::{Level, is_enabled};
use crate::value::Shown;

/// Marks the span of `context` as failed with this exception.
pub(crate) fn fail(context: &Context, exception: Exception<'_>) {
    let span = context.span();
    if !span.is_recording() || !is_enabled(exception.level) {
        return;
    }
    let kind = exception.kind.into_owned();
    let message = exception.message.map(|message| bounded(message.text()));
    let failed = exception.level == Level::Error;
    if failed {
        span.set_attribute(KeyValue::new("error.type", kind.clone()));
    }
    if exception.has_event {
        let (level, sources) = (exception.level, sources(exception.source));
        let logged = LoggedException { kind: &kind, message: message.as_deref(), sources: &sources, level };
        if signal::log(context, &logged) {
            let mut attributes = vec![KeyValue::new("exception.type", kind)];
            if let Some(message) = &message {
                attributes.push(KeyValue::new("exception.message", message.clone()));
            }
            if !sources.is_empty() {
                attributes.push(KeyValue::new("spanwise.exception.sources", Value::Array(sources.into())));
            }
            if !failed {
                attributes.push(KeyValue::new("spanwise.level", level.as_str()));
            }
            span.add_event("exception", attributes);
        }
    }
    if failed {
        span.set_status(Status::error(message.unwrap_or_default()));
    }
}

/// Marks the span of `context`, which was entered at `since`, as failed with the panic that is unwinding through it.
pub(in crate::span) fn fail_panicked(context: &Context, since: PanicMark) {
    let message = panic_note::message_since(since);
    let text: &dyn Display = match &message {
        Some(message) => message,
        None => &"panicked",
    };
    fail(context, Exception::new("panic".into()).with_message(Shown::Display(text)));
}
