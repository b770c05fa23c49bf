//! A request and its answer, from the one's headers to the other's last byte.

use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, response};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, KeyValue};

use super::settings::Settings;
use crate::RequestSpan;
use crate::http::{Measured, failed_with, record_status, rpc, size};
use crate::span::{Exception, OpenSpan, Outcome};

/// What is to be known of a request when its answer comes.
#[derive(Debug)]
pub(super) struct Exchange {
    settings: Settings,
    protocol: Protocol,
    /// What is current where the span is not recorded: the caller's context.
    otherwise: Option<Context>,
    /// Until the answer is over.
    measured: Option<Measured>,
    /// The answer has no body.
    pub(super) asks_for_headers_only: bool,
}

/// What is spoken.
#[derive(Clone, Debug)]
enum Protocol {
    Http,
    /// The method as it was asked for.
    Grpc(String),
}

impl Exchange {
    pub(super) fn new(request: &Parts, settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            protocol: if rpc::is_grpc(&request.headers) {
                Protocol::Grpc(rpc::original(request.uri.path()).to_owned())
            } else {
                Protocol::Http
            },
            otherwise: None,
            measured: None,
            asks_for_headers_only: request.method == Method::HEAD,
        }
    }

    /// Nothing is recorded, and this is current meanwhile.
    pub(super) fn under(&mut self, context: Context) {
        self.otherwise = Some(context);
    }

    /// The request is measured, too.
    pub(super) fn measure(&mut self, measured: Measured) {
        self.measured = Some(measured);
    }

    pub(super) const fn is_grpc(&self) -> bool {
        matches!(self.protocol, Protocol::Grpc(_))
    }

    /// Runs a part of the handler with the span current, or what there is in its place. A panic that passes through
    /// is a 500 to whoever asked.
    pub(super) fn run<T>(&self, span: &mut OpenSpan, work: impl FnOnce() -> T) -> T {
        let told = match self.protocol {
            Protocol::Http => |context: &Context| record_status(context, StatusCode::INTERNAL_SERVER_ERROR),
            Protocol::Grpc(_) => |context: &Context| rpc::Status::INTERNAL.record(context),
        };
        let Some(measured) = &self.measured else { return span.run_or(self.otherwise.as_ref(), told, work) };
        measured.may_panic();
        let done = span.run_or(self.otherwise.as_ref(), told, work);
        measured.has_returned();
        done
    }

    /// The handler has answered.
    pub(super) fn answered(&mut self, span: &mut OpenSpan, answer: &response::Parts) {
        if let Some(measured) = &mut self.measured {
            measured.status(answer.status);
        }
        let Some(context) = span.context() else { return };
        let set = &self.settings;
        set.common.response_headers.record(&answer.headers, self.is_grpc(), |key, value| {
            context.span().set_attribute(KeyValue::new(key.clone(), value));
        });
        if !self.is_grpc() {
            record_status(context, answer.status);
        }
        if let Some(hook) = &set.on_response {
            let handle = RequestSpan::of(Some(context));
            span.run(|| hook(&handle, answer));
        }
    }

    /// There was an error of this type in place of an answer, or of the rest of it.
    pub(super) fn failed<E>(&mut self, span: &mut OpenSpan) {
        if let Some(mut measured) = self.measured.take() {
            measured.failed(std::any::type_name::<E>());
        }
        span.end(Outcome::failed(Exception::of_type::<E>()));
    }

    /// All has been sent.
    pub(super) fn done(&mut self, span: &mut OpenSpan, status: StatusCode, trailers: Option<&HeaderMap>) {
        if let Some(mut measured) = self.measured.take()
            && status.is_server_error()
        {
            measured.failed(status.as_str().to_owned());
        }
        let outcome = match (&self.protocol, span.context()) {
            (Protocol::Grpc(method), Some(context)) => outcome_of_rpc(context, method, trailers),
            (Protocol::Http, _) if status.is_server_error() => failed_with(status),
            _ => Outcome::success(),
        };
        span.end(outcome);
    }

    /// `http.response.body.size`
    pub(super) fn sent(&self, span: &OpenSpan, bytes: u64) {
        if self.settings.body_sizes
            && !self.is_grpc()
            && let Some(context) = span.context()
        {
            context.span().set_attribute(KeyValue::new("http.response.body.size", size(bytes)));
        }
    }
}

fn outcome_of_rpc(context: &Context, method: &str, trailers: Option<&HeaderMap>) -> Outcome<'static> {
    let Some(status) = trailers.and_then(rpc::Status::of) else { return Outcome::success() };
    status.record(context);
    if status == rpc::Status::UNIMPLEMENTED {
        // Whoever sends a request must not be able to make names up.
        let span = context.span();
        span.update_name("grpc");
        span.set_attribute(KeyValue::new("rpc.method", rpc::OTHER));
        span.set_attribute(KeyValue::new("rpc.method_original", method.to_owned()));
    }
    if status.is_failure_of_server() {
        return Outcome::failed(Exception::new(status.name().into()));
    }
    Outcome::success()
}
