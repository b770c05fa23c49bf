//! The options that the client and both layers have in common.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::headers::{MessageKind, RecordedHeaders};
use super::redact::Redaction;
use super::request_span::RequestSpan;
use crate::api::Context;
use crate::api::trace::TraceContextExt as _;
use crate::engine::context::current;
use crate::engine::provider::handle::Provider;
use crate::propagation::{Propagator, Propagators};
use crate::span::ActiveSpan;

/// A function of the application that reads a request.
pub(crate) type RequestFn<Q, T> = Option<Arc<dyn Fn(&Q) -> T + Send + Sync>>;
/// A function of the application that is called with a span, and with the request or the response.
pub(crate) type RequestHook<T> = Option<Arc<dyn Fn(&RequestSpan, &T) + Send + Sync>>;

/// The options of a client or a layer, shared by its clones and by the services that it makes.
pub(crate) struct SharedOptions<O>(Arc<O>);

/// The options that the client and both layers have. `Q` is the type of their requests.
pub(crate) struct RequestOptions<Q> {
    pub(crate) provider: Provider,
    pub(crate) propagators: Option<Propagators>,
    filter: RequestFn<Q, bool>,
    on_request: RequestHook<Q>,
    pub(crate) request_headers: RecordedHeaders,
    pub(crate) response_headers: RecordedHeaders,
    pub(crate) redaction: Redaction,
}

/// Options that include [`RequestOptions`].
pub(crate) trait HasRequestOptions: Clone {
    type Request;

    fn request_options(&mut self) -> &mut RequestOptions<Self::Request>;
}

impl<O> Clone for SharedOptions<O> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<O: Default> Default for SharedOptions<O> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<O> fmt::Debug for SharedOptions<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedOptions")
    }
}

impl<O> Deref for SharedOptions<O> {
    type Target = O;

    fn deref(&self) -> &O {
        &self.0
    }
}

impl<Q> Clone for RequestOptions<Q> {
    fn clone(&self) -> Self {
        Self {
            provider: self.provider.clone(),
            propagators: self.propagators.clone(),
            filter: self.filter.clone(),
            on_request: self.on_request.clone(),
            request_headers: self.request_headers.clone(),
            response_headers: self.response_headers.clone(),
            redaction: self.redaction.clone(),
        }
    }
}

impl<Q> Default for RequestOptions<Q> {
    fn default() -> Self {
        Self {
            provider: Provider::default(),
            propagators: None,
            filter: None,
            on_request: None,
            request_headers: RecordedHeaders::default(),
            response_headers: RecordedHeaders::default(),
            redaction: Redaction::default(),
        }
    }
}

impl<O: Clone> SharedOptions<O> {
    /// The options, to be changed: a copy of their own, if they are shared.
    pub(crate) fn change(&mut self) -> &mut O {
        Arc::make_mut(&mut self.0)
    }
}

impl<O: HasRequestOptions> SharedOptions<O> {
    #[cfg(feature = "record")]
    pub(crate) fn set_provider(&mut self, provider: Provider) {
        self.change().request_options().provider = provider;
    }

    pub(crate) fn set_propagators(&mut self, propagators: impl IntoIterator<Item = Propagator>) {
        self.change().request_options().propagators = Some(propagators.into_iter().collect());
    }

    pub(crate) fn set_filter(&mut self, filter: impl Fn(&O::Request) -> bool + Send + Sync + 'static) {
        self.change().request_options().filter = Some(Arc::new(filter));
    }

    pub(crate) fn set_on_request(
        &mut self,
        hook: impl Fn(&RequestSpan, &O::Request) + Send + Sync + 'static,
    ) {
        self.change().request_options().on_request = Some(Arc::new(hook));
    }

    pub(crate) fn add_request_headers(&mut self, names: impl IntoIterator<Item = impl AsRef<str>>) {
        self.change().request_options().request_headers.add(MessageKind::Request, names);
    }

    pub(crate) fn add_response_headers(&mut self, names: impl IntoIterator<Item = impl AsRef<str>>) {
        self.change().request_options().response_headers.add(MessageKind::Response, names);
    }

    pub(crate) fn add_redacted(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        self.change().request_options().redaction.add(names);
    }
}

impl<Q> RequestOptions<Q> {
    /// Returns the parent of a request's span: the given context, or else the current one.
    pub(crate) fn parent(&self, given: Option<Context>) -> Context {
        self.provider.in_context(&given.or_else(current::get).unwrap_or_default())
    }

    /// Returns whether a request is recorded.
    pub(crate) fn is_recorded(&self, request: &Q) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter(request))
    }

    /// Calls the application's `on_request` with a span that has started.
    pub(crate) fn call_on_request(&self, span: &mut ActiveSpan, request: &Q) {
        if let Some(hook) = &self.on_request
            && span.context().is_some_and(|context| context.span().is_recording())
        {
            let handle = RequestSpan::of(span.context());
            span.run(|| hook(&handle, request));
        }
    }
}

/// The methods of a builder for the options that the client and both layers have in common. What is said in front of a method
/// is added to its documentation.
macro_rules! request_option_methods {
    (
        request: $request:ty,
        response: $response:ty,
        url: $url:literal,
        $(#[$filter:meta])* filter,
        $(#[$on_request:meta])* on_request,
        $(#[$on_response:meta])* on_response,
        $(#[$propagators:meta])* propagators,
        $(#[$request_headers:meta])* record_request_headers,
        $(#[$redact_query:meta])* redact_query $(,)?
    ) => {
        /// Records only the requests for which `filter` returns true. By default, all requests are recorded.
        ///
        $(#[$filter])*
        pub fn filter(mut self, filter: impl Fn(&$request) -> bool + Send + Sync + 'static) -> Self {
            self.options.set_filter(filter);
            self
        }

        /// Calls `hook` when the span of a request has started and is recorded.
        ///
        $(#[$on_request])*
        pub fn on_request(
            mut self,
            hook: impl Fn(&$crate::http::RequestSpan, &$request) + Send + Sync + 'static,
        ) -> Self {
            self.options.set_on_request(hook);
            self
        }

        /// Calls `hook` with the response, before its body, if the span is recorded.
        ///
        $(#[$on_response])*
        pub fn on_response(
            mut self,
            hook: impl Fn(&$crate::http::RequestSpan, $response) + Send + Sync + 'static,
        ) -> Self {
            self.options.change().on_response = Some(::std::sync::Arc::new(hook));
            self
        }

        $(#[$propagators])*
        pub fn propagators(mut self, propagators: impl IntoIterator<Item = $crate::Propagator>) -> Self {
            self.options.set_propagators(propagators);
            self
        }

        /// Records these headers of requests, as `http.request.header.<name>`; for gRPC as `rpc.request.header.<name>`. By
        /// default, none.
        ///
        /// Up to 16 values of a header are recorded, each of up to 1024 bytes. The values of headers that carry credentials, such as
        /// `authorization`, are replaced by `REDACTED`. Adds to the names of earlier calls; a text that is no name of a header is
        /// ignored with a warning.
        ///
        $(#[$request_headers])*
        pub fn record_request_headers(
            mut self,
            names: impl IntoIterator<Item = impl AsRef<str>>,
        ) -> Self {
            self.options.add_request_headers(names);
            self
        }

        /// Records these headers of responses, as `http.response.header.<name>`; for gRPC as `rpc.response.header.<name>`. Otherwise
        /// like [`record_request_headers`](Self::record_request_headers).
        pub fn record_response_headers(
            mut self,
            names: impl IntoIterator<Item = impl AsRef<str>>,
        ) -> Self {
            self.options.add_response_headers(names);
            self
        }

        #[doc = concat!("Redacts the values of these query parameters in `", $url, "`, besides those that [always \
            are](crate#what-is-recorded).")]
        ///
        /// Upper and lower case are the same. Adds to the names of earlier calls.
        ///
        $(#[$redact_query])*
        pub fn redact_query(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
            self.options.add_redacted(names);
            self
        }
    };
}

pub(crate) use request_option_methods;
