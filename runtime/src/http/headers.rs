//! Headers that the user asked for.

use std::sync::Arc;

use crate::api::{Array, Key, StringValue, Value};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::bounded;
use crate::diag;

/// The most values of one header that are recorded.
const MOST_VALUES: usize = 16;

/// Whose values are credentials. They are recorded as being there, and no more.
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

/// A list of headers to be recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Arc<[Chosen]>);

#[derive(Clone, Debug)]
struct Chosen {
    name: HeaderName,
    of_http: Key,
    of_rpc: Key,
    is_secret: bool,
}

/// Which side's headers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Of {
    Requests,
    Responses,
}

impl Headers {
    /// Adds those of these names. A name that is none is told and left out.
    pub(crate) fn add(&mut self, of: Of, names: impl IntoIterator<Item = impl AsRef<str>>) {
        let of = match of {
            Of::Requests => "request",
            Of::Responses => "response",
        };
        let chosen = names.into_iter().filter_map(|name| {
            let given = name.as_ref();
            let Ok(name) = HeaderName::try_from(given) else {
                diag::warn(format_args!(
                    "{:?} is no name of a header, and is not recorded",
                    diag::shown(given)
                ));
                return None;
            };
            let is_secret = CREDENTIALS.contains(&name.as_str());
            Some(Chosen {
                of_http: Key::new(format!("http.{of}.header.{name}")),
                of_rpc: Key::new(format!("rpc.{of}.header.{name}")),
                name,
                is_secret,
            })
        });
        let mut all = self.0.to_vec();
        for one in chosen {
            if !all.iter().any(|known| known.name == one.name) {
                all.push(one);
            }
        }
        self.0 = all.into();
    }

    /// Hands out those that are there, each as a list of its values.
    pub(crate) fn record(&self, headers: &HeaderMap, is_grpc: bool, mut put: impl FnMut(&Key, Value)) {
        for Chosen { name, of_http, of_rpc, is_secret } in self.0.iter() {
            let key = if is_grpc { of_rpc } else { of_http };
            let values = headers.get_all(name).iter().take(MOST_VALUES);
            let values: Vec<StringValue> = values.map(|value| shown(value, *is_secret).into()).collect();
            if !values.is_empty() {
                put(key, Value::Array(Array::String(values)));
            }
        }
    }
}

fn shown(value: &HeaderValue, is_secret: bool) -> String {
    if is_secret || value.is_sensitive() {
        return "REDACTED".to_owned();
    }
    bounded(&String::from_utf8_lossy(value.as_bytes())).to_owned()
}
