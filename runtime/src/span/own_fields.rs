//! Fields that are about the span itself and no attributes, as in `tracing-opentelemetry`: `otel.name`, `otel.kind`,
//! `otel.status_code` and `otel.status_description`, which was `otel.status_message` before.

use opentelemetry::trace::{SpanKind, Status};

/// Returns the kind of this name. Upper and lower case are the same.
pub(crate) fn kind_of(text: &str) -> Option<SpanKind> {
    let kinds = [
        ("internal", SpanKind::Internal),
        ("client", SpanKind::Client),
        ("server", SpanKind::Server),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    kinds.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, kind)| kind)
}

/// A status as fields give it, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatusFields {
    code: Option<String>,
    description: Option<String>,
    /// The older name of the description.
    message: Option<String>,
}

impl StatusFields {
    /// Takes a field. Returns `false` for one that is not about the status.
    pub(crate) fn take(&mut self, name: &str, value: impl FnOnce() -> String) -> bool {
        let field = match name {
            "otel.status_code" => &mut self.code,
            "otel.status_description" => &mut self.description,
            "otel.status_message" => &mut self.message,
            _ => return false,
        };
        *field = Some(value());
        true
    }

    /// Returns the status, if the fields have one. A description alone is one of an error.
    pub(crate) fn status(&self) -> Option<Status> {
        let description = self.description.as_ref().or(self.message.as_ref());
        let is = |name| self.code.as_deref().is_some_and(|code: &str| code.eq_ignore_ascii_case(name));
        if is("ok") {
            Some(Status::Ok)
        } else if is("error") || (self.code.is_none() && description.is_some()) {
            Some(Status::error(description.cloned().unwrap_or_default()))
        } else {
            None
        }
    }
}
