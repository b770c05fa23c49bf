//! The part of a program that makes a span: its
//! [instrumentation scope](https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/).

use std::sync::{Arc, Mutex};

use opentelemetry::InstrumentationScope;

use crate::otlp;
use crate::otlp::fields;

/// A scope, and its encoded form.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) api: InstrumentationScope,
    /// The scope as a field of the `ScopeSpans` that its spans are in.
    pub(crate) encoded: Vec<u8>,
}

impl Scope {
    pub(crate) fn new(api: InstrumentationScope) -> Arc<Self> {
        let mut message = Vec::new();
        otlp::put_bytes(&mut message, fields::scope::NAME, api.name().as_bytes());
        otlp::put_bytes(&mut message, fields::scope::VERSION, api.version().unwrap_or_default().as_bytes());
        let attributes: Vec<_> = api.attributes().cloned().collect();
        for attribute in otlp::without_replaced(&attributes) {
            let (key, value) = (attribute.key.as_str(), &attribute.value);
            otlp::put_attribute(&mut message, fields::scope::ATTRIBUTES, key, value, usize::MAX);
        }
        let mut encoded = Vec::new();
        otlp::put_bytes(&mut encoded, fields::scope_spans::SCOPE, &message);
        Arc::new(Self { api, encoded })
    }

    /// Whether both are the same scope, so that their spans belong into the same `ScopeSpans`.
    pub(crate) fn is_same(self: &Arc<Self>, other: &Arc<Self>) -> bool {
        // The schema URL is the only part that is not in the encoded form.
        Arc::ptr_eq(self, other)
            || (self.encoded == other.encoded && self.api.schema_url() == other.api.schema_url())
    }
}

/// The scope of a crate, shared by all of its callsites.
pub(in crate::engine) fn of_crate(
    name: &'static str,
    version: Option<&'static str>,
    schema_url: Option<&'static str>,
) -> Arc<Scope> {
    static CRATES: Mutex<Vec<Arc<Scope>>> = Mutex::new(Vec::new());
    let mut builder = InstrumentationScope::builder(name);
    if let Some(version) = version {
        builder = builder.with_version(version);
    }
    if let Some(schema_url) = schema_url {
        builder = builder.with_schema_url(schema_url);
    }
    let scope = Scope::new(builder.build());
    // There is one for each crate, and each callsite asks once. Nobody waits: a fork may have copied a lock that is never released.
    let Ok(mut crates) = CRATES.try_lock() else { return scope };
    match crates.iter().find(|known| known.is_same(&scope)) {
        Some(known) => Arc::clone(known),
        None => {
            crates.push(Arc::clone(&scope));
            scope
        }
    }
}
