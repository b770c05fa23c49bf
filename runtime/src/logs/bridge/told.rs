//! What the fields of a `tracing` span tell.

use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _};
use opentelemetry::{Context, Key};

use super::super::span_events::{attribute, to_value};
use super::super::value::FieldValue;
use super::super::visit::Visited;
use crate::engine::span::callsite::Callsite;
use crate::span::Starting;

/// Fields, and those among them that are about the span itself.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) visited: Visited,
    name: Option<String>,
    kind: Option<SpanKind>,
    code: Option<String>,
    description: Option<String>,
}

impl Told {
    /// Takes what is about the span itself out of the fields that were visited.
    pub(super) fn read(&mut self) {
        let fields = &mut self.visited.fields;
        if let Some(message) = self.visited.message.take() {
            fields.set("message", FieldValue::Text(message));
        }
        if !fields.iter().any(|(name, _)| name.starts_with("otel.")) {
            return;
        }
        let mut take = |name: &str| fields.take(name).map(|value| value.to_string());
        self.name = take("otel.name");
        self.kind = take("otel.kind").and_then(|kind| kind_of(&kind));
        self.code = take("otel.status_code");
        let message = take("otel.status_message");
        self.description = take("otel.status_description").or(message);
    }

    pub(super) fn kind(&self) -> SpanKind {
        self.kind.clone().unwrap_or(SpanKind::Internal)
    }

    /// What the span starts with.
    pub(super) fn start(&mut self, starting: &mut Starting<'_>) {
        if let Some(name) = self.name.take() {
            starting.name(name);
        }
        for (name, value) in std::mem::take(&mut self.visited.fields).into_iter() {
            let Some(value) = to_value(value) else { continue };
            if Callsite::sets(&name) {
                starting.own_value(&Key::from(name), value);
            } else {
                starting.value(&Key::from(name), value);
            }
        }
    }

    /// What is told later.
    pub(super) fn add(mut self, context: &Context) {
        let span = context.span();
        if let Some(name) = self.name.take() {
            span.update_name(name);
        }
        self.status(context);
        span.set_attributes(self.visited.fields.into_iter().filter_map(attribute));
    }

    /// The status, if it is told.
    pub(super) fn status(&self, context: &Context) {
        let description = self.description.clone().unwrap_or_default();
        let is = |name| self.code.as_deref().is_some_and(|code: &str| code.eq_ignore_ascii_case(name));
        if is("ok") {
            context.span().set_status(Status::Ok);
        } else if is("error") || (self.code.is_none() && self.description.is_some()) {
            context.span().set_status(Status::error(description));
        }
    }
}

/// Written in any case, as `tracing-opentelemetry` reads it.
fn kind_of(text: &str) -> Option<SpanKind> {
    let kinds = [
        ("internal", SpanKind::Internal),
        ("client", SpanKind::Client),
        ("server", SpanKind::Server),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    kinds.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, kind)| kind)
}
