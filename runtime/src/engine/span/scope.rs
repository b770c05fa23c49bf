//! Who makes spans: the
//! [instrumentation scope](https://opentelemetry.io/docs/specs/otel/common/instrumentation-scope/).

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::InstrumentationScope;

use crate::otlp;

/// A scope, and its bytes.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) api: InstrumentationScope,
    /// An OTLP `InstrumentationScope`, as field 1 of the `ScopeSpans` that its spans are in.
    pub(crate) encoded: Vec<u8>,
}

impl Scope {
    pub(crate) fn new(api: InstrumentationScope) -> Arc<Self> {
        let mut message = Vec::new();
        otlp::put_bytes(&mut message, 1, api.name().as_bytes());
        otlp::put_bytes(&mut message, 2, api.version().unwrap_or_default().as_bytes());
        for attribute in api.attributes() {
            otlp::put_attribute(&mut message, 3, attribute.key.as_str(), &attribute.value, usize::MAX);
        }
        let mut encoded = Vec::new();
        otlp::put_bytes(&mut encoded, 1, &message);
        Arc::new(Self { api, encoded })
    }

    /// Whether the spans of both go together.
    pub(crate) fn is(self: &Arc<Self>, other: &Arc<Self>) -> bool {
        // All that tells scopes apart is in their bytes, but for the schema.
        Arc::ptr_eq(self, other)
            || (self.encoded == other.encoded && self.api.schema_url() == other.api.schema_url())
    }
}

/// The scope of a crate; the same for all of its callsites.
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
    // As many as there are crates, and asked for once by each callsite.
    let mut crates = CRATES.lock().unwrap_or_else(PoisonError::into_inner);
    match crates.iter().find(|known| known.is(&scope)) {
        Some(known) => Arc::clone(known),
        None => {
            crates.push(Arc::clone(&scope));
            scope
        }
    }
}
