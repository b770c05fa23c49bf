//! One request that is being answered: what every HTTP server records through, tower service or not.

use std::any::type_name;

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, response};

use super::options::SharedServerOptions;
use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue};
use crate::http::RequestSpan;
use crate::http::grpc::{self, GrpcStatus};
use crate::http::{Measurement, failed_with, record_status, size};
use crate::span::{ActiveSpan, CAN_RECORD, Exception, Outcome};

/// A request that is being answered, and its SERVER span. For servers that are not tower services:
/// [`ServerLayer`](crate::ServerLayer) itself does all that it does through this.
///
/// [`ServerLayer::start`](crate::ServerLayer::start) makes one. Then, in this order:
///
/// 1. [`run`](Self::run) the handler, and whatever makes the body. The span is current meanwhile.
/// 2. [`response`](Self::response), when the status and the headers are there.
/// 3. [`body_sent`](Self::body_sent), for each piece of the body that was sent.
/// 4. [`end`](Self::end), when all was sent; or [`fail`](Self::fail), after an error in place of the response or of the rest of the
///    body. If it is dropped before, the client went away: the span is marked `spanwise.cancelled`.
///
/// ```
/// use http::{Request, Response};
///
/// fn serve(layer: &spanwise::ServerLayer, request: Request<()>) -> Response<String> {
///     let (head, ()) = request.into_parts();
///     let mut recorded = layer.start(&head);
///     let response = recorded.run(|| handle(&head));
///     let (head, body) = response.into_parts();
///     recorded.response(&head);
///     // Send the head and the body here. If that fails, drop `recorded` and return.
///     recorded.body_sent(body.len() as u64);
///     recorded.end(None);
///     Response::from_parts(head, body)
/// }
///
/// #[spanwise::instrument]
/// fn handle(head: &http::request::Parts) -> Response<String> {
///     Response::new("an order".to_owned())
/// }
/// # serve(&spanwise::ServerLayer::new(), Request::new(()));
/// ```
///
/// An asynchronous handler is polled in `run`: `std::future::poll_fn(|task| recorded.run(|| handler.as_mut().poll(task)))`.
///
/// gRPC is recognized by the content type of the request. The metrics are recorded when this is dropped at the latest.
#[derive(Debug)]
#[must_use = "the span ends as cancelled when this is dropped"]
pub struct ServerRequest {
    span: ActiveSpan,
    options: SharedServerOptions,
    protocol: RequestProtocol,
    /// What is current in place of the span, if the request is not recorded: the caller's context.
    fallback: Option<Context>,
    /// The status of the response, once there is one.
    status: Option<StatusCode>,
    /// The response is one of gRPC.
    is_grpc_response: bool,
    /// Until the end.
    measurement: Option<Measurement>,
    expects_body: bool,
    body_bytes: u64,
}

#[derive(Debug)]
enum RequestProtocol {
    Http,
    Grpc {
        /// The method in the path.
        method: String,
        /// The status in the headers of the response.
        status: Option<GrpcStatus>,
    },
}

impl ServerRequest {
    /// A request without a span.
    pub(super) fn new(request: &Parts, options: &SharedServerOptions) -> Self {
        Self {
            span: ActiveSpan::none(),
            options: options.clone(),
            protocol: if CAN_RECORD && grpc::is_grpc(&request.headers) {
                RequestProtocol::Grpc { method: grpc::original(request.uri.path()).to_owned(), status: None }
            } else {
                RequestProtocol::Http
            },
            fallback: None,
            status: None,
            is_grpc_response: false,
            measurement: None,
            expects_body: !matches!(request.method, Method::HEAD | Method::CONNECT),
            body_bytes: 0,
        }
    }

    pub(super) fn set_span(&mut self, span: ActiveSpan) {
        self.span = span;
    }

    /// Makes this context current in `run`, in place of the span.
    pub(super) fn set_fallback(&mut self, context: Context) {
        self.fallback = Some(context);
    }

    pub(super) fn set_measurement(&mut self, measurement: Measurement) {
        self.measurement = Some(measurement);
    }

    pub(super) const fn is_grpc(&self) -> bool {
        matches!(self.protocol, RequestProtocol::Grpc { .. })
    }

    /// Returns whether a response to this request may have a body.
    pub(super) const fn expects_body(&self) -> bool {
        self.expects_body
    }

    /// Returns how much of the body was sent.
    pub(super) const fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// Runs a part of the handler with the span current. If it panics, the span ends as failed, with the status 500 if there was no
    /// response yet.
    pub fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let on_panic: fn(&Context) = match self.protocol {
            // The status was sent already.
            _ if self.status.is_some() => |_| {},
            RequestProtocol::Http => |context| record_status(context, StatusCode::INTERNAL_SERVER_ERROR),
            RequestProtocol::Grpc { .. } => |context| GrpcStatus::INTERNAL.record(context),
        };
        let fallback = self.fallback.as_ref();
        let Some(measurement) = &self.measurement else { return self.span.run_or(fallback, on_panic, work) };
        measurement.may_panic();
        let done = self.span.run_or(fallback, on_panic, work);
        measurement.has_returned();
        done
    }

    /// Records the status and the headers of the response, and calls the layer's
    /// [`on_response`](crate::ServerLayer::on_response).
    pub fn response(&mut self, response: &response::Parts) {
        self.status = Some(response.status);
        if let Some(measurement) = &mut self.measurement {
            measurement.status(response.status);
        }
        if let RequestProtocol::Grpc { status, .. } = &mut self.protocol {
            self.is_grpc_response = grpc::is_grpc(&response.headers);
            // Without gRPC there will be no status in trailers, either.
            let of_http = || (!self.is_grpc_response).then(|| GrpcStatus::of_http(response.status));
            *status = GrpcStatus::of(&response.headers).or_else(of_http);
        }
        let is_grpc = self.is_grpc();
        let Some(context) = self.span.context() else { return };
        self.options.request.response_headers.record(
            &response.headers,
            &self.options.request.redaction,
            is_grpc,
            |key, value| {
                context.span().set_attribute(KeyValue::new(key.clone(), value));
            },
        );
        if !is_grpc {
            record_status(context, response.status);
        }
        if let Some(hook) = self.options.on_response.as_ref().filter(|_| context.span().is_recording()) {
            let handle = RequestSpan::of(Some(context));
            self.span.run(|| hook(&handle, response));
        }
    }

    /// Adds to the number of bytes that were sent of the body. It is recorded if the layer is to
    /// [record sizes](crate::ServerLayer::record_body_sizes).
    pub const fn body_sent(&mut self, bytes: u64) {
        self.body_bytes = self.body_bytes.saturating_add(bytes);
    }

    /// Ends the span: all of the response was sent. gRPC has its status in the trailers, or without them in the headers.
    ///
    /// A second call does nothing.
    pub fn end(&mut self, trailers: Option<&HeaderMap>) {
        self.record_body_size();
        let server_error = self.status.filter(StatusCode::is_server_error);
        if let Some(mut measurement) = self.measurement.take()
            && let Some(status) = server_error
        {
            measurement.failed(status.as_str().to_owned());
        }
        let outcome = match (&self.protocol, self.span.context()) {
            (RequestProtocol::Grpc { method, status }, Some(context)) => {
                let status = trailers.and_then(GrpcStatus::of).or(*status).unwrap_or(GrpcStatus::UNKNOWN);
                if self.is_grpc_response
                    && status.is_of_method()
                    && grpc::is_method(method)
                    && !grpc::is_known(method)
                {
                    grpc::learn(method);
                    self.name_after(context, method);
                }
                status.record(context);
                if status.is_failure_of_server() {
                    Outcome::failed(Exception::new(status.name().into()))
                } else {
                    Outcome::success()
                }
            }
            (RequestProtocol::Http, _) => server_error.map_or_else(Outcome::success, failed_with),
            _ => Outcome::success(),
        };
        self.span.end(outcome);
    }

    /// Ends the span as failed: there was an error of the type `E` in place of the response, or of the rest of its body.
    pub fn fail<E>(&mut self) {
        self.record_body_size();
        if let Some(mut measurement) = self.measurement.take() {
            measurement.failed(type_name::<E>());
        }
        self.span.end(Outcome::failed(Exception::of_type::<E>()));
    }

    /// Ends the span as cancelled, if it has not ended. `drop` drops what is not going to be sent, with the span current.
    pub(super) fn cancel(&mut self, drop: impl FnOnce()) {
        if self.span.is_open() {
            self.record_body_size();
            self.span.cancel(drop);
        }
    }

    /// Names the span after a method that has replied for the first time, which is proof that it exists.
    fn name_after(&self, context: &Context, method: &str) {
        let span = context.span();
        if self.options.name.is_none() {
            span.update_name(method.to_owned());
        }
        span.set_attribute(KeyValue::new("rpc.method", method.to_owned()));
    }

    /// Sets `http.response.body.size`.
    fn record_body_size(&self) {
        if self.options.has_body_sizes
            && self.status.is_some()
            && !self.is_grpc()
            && let Some(context) = self.span.context()
        {
            let size = size(self.body_bytes);
            context.span().set_attribute(KeyValue::new("http.response.body.size", size));
        }
    }
}

impl Drop for ServerRequest {
    fn drop(&mut self) {
        self.cancel(|| {});
    }
}
