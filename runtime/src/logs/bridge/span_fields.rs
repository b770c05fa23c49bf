//! The fields of a `tracing` span, and what they say about the span itself.

use opentelemetry::trace::{SpanKind, TraceContextExt as _};
use opentelemetry::{Context, Key};

use super::super::value::FieldValue;
use super::super::visit::VisitedFields;
use crate::engine::span::callsite::Callsite;
use crate::span::{LibrarySpanBuilder, StatusFields, kind_of};

/// The fields, and those among them that are about the span itself.
#[derive(Debug, Default)]
pub(super) struct SpanFields {
    visited: VisitedFields,
    name: Option<String>,
    kind: Option<SpanKind>,
    status: StatusFields,
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
        for name in ["otel.status_code", "otel.status_description", "otel.status_message"] {
            if let Some(value) = take(name) {
                self.status.take(name, || value);
            }
        }
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
        if let Some(status) = self.status.status() {
            context.span().set_status(status);
        }
    }
}
