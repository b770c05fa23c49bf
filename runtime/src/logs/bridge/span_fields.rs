//! The fields of a `tracing` span, and what they say about the span itself.

use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _};
use opentelemetry::{Context, Key};

use super::super::value::FieldValue;
use super::super::visit::VisitedFields;
use crate::engine::span::callsite::Callsite;
use crate::span::LibrarySpanBuilder;

/// The fields, and those among them that are about the span itself.
#[derive(Debug, Default)]
pub(super) struct SpanFields {
    visited: VisitedFields,
    name: Option<String>,
    kind: Option<SpanKind>,
    code: Option<String>,
    description: Option<String>,
}

impl SpanFields {
    /// Reads the fields that `record` records.
    pub(super) fn read(record: impl FnOnce(&mut VisitedFields)) -> Self {
        let mut this = Self::default();
        record(&mut this.visited);
        this.take_own();
        this
    }

    /// Takes the fields out that are about the span itself.
    fn take_own(&mut self) {
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

    /// Gives the span what it starts with.
    pub(super) fn describe(&mut self, builder: &mut LibrarySpanBuilder<'_>) {
        if let Some(name) = self.name.take() {
            builder.name(name);
        }
        for (name, value) in std::mem::take(&mut self.visited.fields).into_iter() {
            let Some(value) = value.into_value() else { continue };
            if Callsite::sets(&name) {
                builder.own_value(&Key::from(name), value);
            } else {
                builder.value(&Key::from(name), value);
            }
        }
    }

    /// Adds fields that are recorded after the start.
    pub(super) fn add_to(mut self, context: &Context) {
        let span = context.span();
        if let Some(name) = self.name.take() {
            span.update_name(name);
        }
        self.set_status(context);
        span.set_attributes(self.visited.fields.into_attributes());
    }

    /// Sets the span's status, if the fields have one.
    pub(super) fn set_status(&self, context: &Context) {
        let description = self.description.clone().unwrap_or_default();
        let is = |name| self.code.as_deref().is_some_and(|code: &str| code.eq_ignore_ascii_case(name));
        if is("ok") {
            context.span().set_status(Status::Ok);
        } else if is("error") || (self.code.is_none() && self.description.is_some()) {
            context.span().set_status(Status::error(description));
        }
    }
}

/// Parses a kind without regard to case, as `tracing-opentelemetry` does.
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
