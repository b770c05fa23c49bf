//! The headers that the application wants to be recorded.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::bounded;
use crate::api::{Array, Key, StringValue, Value};
use crate::diag;

/// How many values of one header are recorded.
const MAX_VALUES: usize = 16;

/// The headers that carry credentials: their values are recorded as `REDACTED`.
const CREDENTIALS: [&str; 8] = [
    "authorization",
    "proxy-authorization",
    "authentication-info",
    "cookie",
    "set-cookie",
    "www-authenticate",
    "x-api-key",
    "x-auth-token",
];

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
                diag::warn(format_args!("{:?} is not a header name; it is not recorded", diag::shown(given)));
                return None;
            };
            let is_secret = CREDENTIALS.contains(&name.as_str());
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
    pub(crate) fn record(&self, headers: &HeaderMap, is_grpc: bool, mut set: impl FnMut(&Key, Value)) {
        for RecordedHeader { name, http_key, grpc_key, is_secret } in self.0.iter() {
            let key = if is_grpc { grpc_key } else { http_key };
            let values = headers.get_all(name).iter().take(MAX_VALUES);
            let values: Vec<StringValue> =
                values.map(|value| recorded_value(value, *is_secret).into()).collect();
            if !values.is_empty() {
                set(key, Value::Array(Array::String(values)));
            }
        }
    }
}

fn recorded_value(value: &HeaderValue, is_secret: bool) -> String {
    if is_secret || value.is_sensitive() {
        return "REDACTED".to_owned();
    }
    bounded(&String::from_utf8_lossy(value.as_bytes())).to_owned()
}
