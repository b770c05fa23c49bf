//! What a client and the layers are set to, as far as it is the same for all of them.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::api::Context;
use crate::api::trace::TraceContextExt as _;

use super::{Headers, Of, Redaction, RequestSpan};
use crate::engine::context::current;
use crate::engine::provider::handle::Telemetry;
use crate::propagation::{Propagator, Propagators};
use crate::span::ActiveSpan;

/// Asks something of a request.
pub(crate) type Ask<Q, T> = Option<Arc<dyn Fn(&Q) -> T + Send + Sync>>;
/// Tells of a span and of what it is about.
pub(crate) type Tell<T> = Option<Arc<dyn Fn(&RequestSpan, &T) + Send + Sync>>;

/// Settings of one kind, shared by all who are made with them.
pub(crate) struct Shared<S>(Arc<S>);

/// What is the same for all kinds. `Q` is a request as the kind has it.
pub(crate) struct Common<Q> {
    pub(crate) telemetry: Telemetry,
    pub(crate) propagators: Option<Propagators>,
    filter: Ask<Q, bool>,
    on_request: Tell<Q>,
    pub(crate) request_headers: Headers,
    pub(crate) response_headers: Headers,
    pub(crate) redaction: Redaction,
}

/// One kind of settings.
pub(crate) trait Kind: Clone {
    type Request;

    fn common(&mut self) -> &mut Common<Self::Request>;
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Default> Default for Shared<S> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<S> fmt::Debug for Shared<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Settings")
    }
}

impl<S> Deref for Shared<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<Q> Clone for Common<Q> {
    fn clone(&self) -> Self {
        Self {
            telemetry: self.telemetry.clone(),
            propagators: self.propagators.clone(),
            filter: self.filter.clone(),
            on_request: self.on_request.clone(),
            request_headers: self.request_headers.clone(),
            response_headers: self.response_headers.clone(),
            redaction: self.redaction.clone(),
        }
    }
}

impl<Q> Default for Common<Q> {
    fn default() -> Self {
        Self {
            telemetry: Telemetry::default(),
            propagators: None,
            filter: None,
            on_request: None,
            request_headers: Headers::default(),
            response_headers: Headers::default(),
            redaction: Redaction::default(),
        }
    }
}

impl<S: Kind> Shared<S> {
    pub(crate) fn change(&mut self) -> &mut S {
        Arc::make_mut(&mut self.0)
    }

    #[cfg(feature = "record")]
    pub(crate) fn set_telemetry(&mut self, telemetry: Telemetry) {
        self.change().common().telemetry = telemetry;
    }

    pub(crate) fn set_propagators(&mut self, propagators: impl IntoIterator<Item = Propagator>) {
        self.change().common().propagators = Some(propagators.into_iter().collect());
    }

    pub(crate) fn set_filter(&mut self, filter: impl Fn(&S::Request) -> bool + Send + Sync + 'static) {
        self.change().common().filter = Some(Arc::new(filter));
    }

    pub(crate) fn set_on_request(
        &mut self,
        hook: impl Fn(&RequestSpan, &S::Request) + Send + Sync + 'static,
    ) {
        self.change().common().on_request = Some(Arc::new(hook));
    }

    pub(crate) fn add_request_headers(&mut self, names: impl IntoIterator<Item = impl AsRef<str>>) {
        self.change().common().request_headers.add(Of::Requests, names);
    }

    pub(crate) fn add_response_headers(&mut self, names: impl IntoIterator<Item = impl AsRef<str>>) {
        self.change().common().response_headers.add(Of::Responses, names);
    }

    pub(crate) fn add_redacted(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        self.change().common().redaction.add(names);
    }
}

impl<Q> Common<Q> {
    /// The context that a request hangs on: the one given, or the current one.
    pub(crate) fn parent(&self, given: Option<Context>) -> Context {
        self.telemetry.within(&given.or_else(current::get).unwrap_or_default())
    }

    /// Whether a request is recorded.
    pub(crate) fn wants(&self, request: &Q) -> bool {
        self.filter.as_ref().is_none_or(|wants| wants(request))
    }

    /// Tells the application's own function of a span that has started.
    pub(crate) fn tell_of(&self, span: &mut ActiveSpan, request: &Q) {
        if let Some(hook) = &self.on_request
            && span.context().is_some_and(|context| context.span().is_recording())
        {
            let handle = RequestSpan::of(span.context());
            span.run(|| hook(&handle, request));
        }
    }
}
