//! Reads the fields of a `tracing` event or span.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Debug;

use tracing::field::{Field, Visit};

use super::value::{FieldValue, LogFields};
use crate::span::MAX_SOURCES;
use crate::value::text;

/// The fields of an event or a span.
#[derive(Debug, Default)]
pub(super) struct VisitedFields {
    /// The field `message`, which is an event's text.
    pub(super) message: Option<String>,
    pub(super) fields: LogFields,
    /// The error. Of several, the one that is called `error`, or else the first.
    pub(super) error: Option<ErrorField>,
}

/// A field that was given as an error.
#[derive(Debug)]
pub(super) struct ErrorField {
    /// The field's name.
    pub(super) field: &'static str,
    pub(super) message: String,
    pub(super) sources: Vec<String>,
}

impl VisitedFields {
    fn set(&mut self, field: &Field, value: FieldValue) {
        match field.name() {
            "message" => self.message = Some(value.to_string()),
            // `r#` is for the compiler alone.
            name => self.fields.set(Cow::Borrowed(name.strip_prefix("r#").unwrap_or(name)), value),
        }
    }

    /// If the event stands for a record of the crate `log`, returns that record's target. Removes the fields that `tracing-log`
    /// has added.
    pub(super) fn target_of_record(&mut self, target: &'static str) -> Option<String> {
        if target != "log" {
            return None;
        }
        let own = self.fields.take("log.target");
        self.fields.retain(|name| !matches!(name, "log.module_path" | "log.file" | "log.line"));
        own.map(|target| target.to_string())
    }
}

impl Visit for VisitedFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, FieldValue::F64(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, FieldValue::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, FieldValue::U64(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.set(field, FieldValue::I128(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.set(field, FieldValue::U128(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, FieldValue::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, FieldValue::Text(value.to_owned()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let sources =
            std::iter::successors(value.source(), |error: &&(dyn Error + 'static)| Error::source(*error));
        let sources: Vec<String> =
            sources.take(MAX_SOURCES).map(|error| text(format_args!("{error}"))).collect();
        let message = text(format_args!("{value}"));
        let all = std::iter::once(&message).chain(&sources).map(String::as_str).collect::<Vec<_>>();
        self.set(field, FieldValue::Text(all.join(": ")));
        if self.error.is_none() || field.name() == "error" {
            self.error = Some(ErrorField { field: field.name(), message, sources });
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, FieldValue::Text(text(format_args!("{value:?}"))));
    }
}
