//! The headers that the application wants to be recorded.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::bounded;
use super::redact::Redaction;
use crate::api::{Array, Key, StringValue, Value};
use crate::diag;
use crate::secret::{self, REDACTED};

/// How many values of one header are recorded.
const MAX_VALUES: usize = 16;

/// The headers that are recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordedHeaders(Arc<[RecordedHeader]>);

#[derive(Clone, Debug)]
struct RecordedHeader {
    name: HeaderName,
    http_key: Key,
    grpc_key: Key,
    is_secret: bool,
}

/// Whose headers they are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MessageKind {
    Request,
    Response,
}

impl RecordedHeaders {
    /// Adds headers. Warns of a text that is no name of a header, and ignores it.
    pub(crate) fn add(&mut self, kind: MessageKind, names: impl IntoIterator<Item = impl AsRef<str>>) {
        let kind = match kind {
            MessageKind::Request => "request",
            MessageKind::Response => "response",
        };
        let added = names.into_iter().filter_map(|name| {
            let given = name.as_ref();
            let Ok(name) = HeaderName::try_from(given) else {
                diag::warn(format_args!(
                    "{:?} is not a header name; it is not recorded",
                    diag::escaped(given)
                ));
                return None;
            };
            let is_secret = secret::is_name(name.as_str());
            Some(RecordedHeader {
                http_key: Key::new(format!("http.{kind}.header.{name}")),
                grpc_key: Key::new(format!("rpc.{kind}.header.{name}")),
                name,
                is_secret,
            })
        });
        let mut all = self.0.to_vec();
        for header in added {
            if !all.iter().any(|other| other.name == header.name) {
                all.push(header);
            }
        }
        self.0 = all.into();
    }

    /// Calls `set` with the attribute of each header that is there: a list of its values.
    pub(crate) fn record(
        &self,
        headers: &HeaderMap,
        redaction: &Redaction,
        is_grpc: bool,
        mut set: impl FnMut(&Key, Value),
    ) {
        for RecordedHeader { name, http_key, grpc_key, is_secret } in self.0.iter() {
            let key = if is_grpc { grpc_key } else { http_key };
            let values = headers.get_all(name).iter().take(MAX_VALUES);
            let values: Vec<StringValue> =
                values.map(|value| recorded_value(value, redaction, *is_secret).into()).collect();
            if !values.is_empty() {
                set(key, Value::Array(Array::String(values)));
            }
        }
    }
}

/// Names that read like a secret have no value here. URLs in other values have no secrets.
fn recorded_value(value: &HeaderValue, redaction: &Redaction, is_secret: bool) -> String {
    if is_secret || value.is_sensitive() {
        return REDACTED.to_owned();
    }
    let text = String::from_utf8_lossy(value.as_bytes());
    bounded(&redaction.text(&text)).to_owned()
}
