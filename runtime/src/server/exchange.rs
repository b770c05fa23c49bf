//! A request and its answer, from the one's headers to the other's last byte.

use crate::api::trace::TraceContextExt as _;
use crate::api::{Context, KeyValue};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, response};

use super::settings::Settings;
use crate::RequestSpan;
use crate::http::{Measurement, failed_with, record_status, rpc, size};
use crate::span::{ActiveSpan, Exception, Outcome};

/// What is to be known of a request when its answer comes.
#[derive(Debug)]
pub(super) struct Exchange {
    settings: Settings,
    protocol: Protocol,
    /// What is current where the span is not recorded: the caller's context.
    otherwise: Option<Context>,
    has_answered: bool,
    /// The answer is one of gRPC's.
    is_of_rpc: bool,
    /// Until the answer is over.
    measured: Option<Measurement>,
    /// The answer has no body.
    pub(super) has_no_body: bool,
}

/// What is spoken.
#[derive(Clone, Debug)]
enum Protocol {
    Http,
    /// The method as it was asked for.
    Grpc {
        method: String,
        /// What the headers of the answer said already.
        said: Option<rpc::Status>,
    },
}

impl Exchange {
    pub(super) fn new(request: &Parts, settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            protocol: if rpc::is_grpc(&request.headers) {
                Protocol::Grpc { method: rpc::original(request.uri.path()).to_owned(), said: None }
            } else {
                Protocol::Http
            },
            otherwise: None,
            has_answered: false,
            is_of_rpc: false,
            measured: None,
            has_no_body: matches!(request.method, Method::HEAD | Method::CONNECT),
        }
    }

    /// Nothing is recorded, and this is current meanwhile.
    pub(super) fn under(&mut self, context: Context) {
        self.otherwise = Some(context);
    }

    /// The request is measured, too.
    pub(super) fn measure(&mut self, measured: Measurement) {
        self.measured = Some(measured);
    }

    pub(super) const fn is_grpc(&self) -> bool {
        matches!(self.protocol, Protocol::Grpc { .. })
    }

    /// Runs a part of the handler with the span current, or what there is in its place. A panic that passes through
    /// is a 500 to whoever asked.
    pub(super) fn run<T>(&self, span: &mut ActiveSpan, work: impl FnOnce() -> T) -> T {
        let told: fn(&Context) = match self.protocol {
            // The status is out.
            _ if self.has_answered => |_| {},
            Protocol::Http => |context| record_status(context, StatusCode::INTERNAL_SERVER_ERROR),
            Protocol::Grpc { .. } => |context| rpc::Status::INTERNAL.record(context),
        };
        let Some(measured) = &self.measured else { return span.run_or(self.otherwise.as_ref(), told, work) };
        measured.may_panic();
        let done = span.run_or(self.otherwise.as_ref(), told, work);
        measured.has_returned();
        done
    }

    /// The handler has answered.
    pub(super) fn answered(&mut self, span: &mut ActiveSpan, answer: &response::Parts) {
        self.has_answered = true;
        if let Some(measured) = &mut self.measured {
            measured.status(answer.status);
        }
        if let Protocol::Grpc { said, .. } = &mut self.protocol {
            // Someone else's answer has none, and will have none.
            self.is_of_rpc = rpc::is_grpc(&answer.headers);
            let of_http = || (!self.is_of_rpc).then(|| rpc::Status::of_http(answer.status));
            *said = rpc::Status::of(&answer.headers).or_else(of_http);
        }
        let Some(context) = span.context() else { return };
        let set = &self.settings;
        set.common.response_headers.record(&answer.headers, self.is_grpc(), |key, value| {
            context.span().set_attribute(KeyValue::new(key.clone(), value));
        });
        if !self.is_grpc() {
            record_status(context, answer.status);
        }
        if let Some(hook) = set.on_response.as_ref().filter(|_| context.span().is_recording()) {
            let handle = RequestSpan::of(Some(context));
            span.run(|| hook(&handle, answer));
        }
    }

    /// There was an error of this type in place of an answer, or of the rest of it.
    pub(super) fn failed<E>(&mut self, span: &mut ActiveSpan) {
        if let Some(mut measured) = self.measured.take() {
            measured.failed(std::any::type_name::<E>());
        }
        span.end(Outcome::failed(Exception::of_type::<E>()));
    }

    /// All has been sent.
    pub(super) fn done(&mut self, span: &mut ActiveSpan, status: StatusCode, trailers: Option<&HeaderMap>) {
        if let Some(mut measured) = self.measured.take()
            && status.is_server_error()
        {
            measured.failed(status.as_str().to_owned());
        }
        let outcome = match (&self.protocol, span.context()) {
            (Protocol::Grpc { method, said }, Some(context)) => {
                let status = trailers.and_then(rpc::Status::of).or(*said).unwrap_or(rpc::Status::UNKNOWN);
                if self.is_of_rpc && status.is_of_method() && rpc::is_method(method) && !rpc::is_known(method)
                {
                    rpc::learn(method);
                    self.name_by(context, method);
                }
                status.record(context);
                if status.is_failure_of_server() {
                    Outcome::failed(Exception::new(status.name().into()))
                } else {
                    Outcome::success()
                }
            }
            (Protocol::Http, _) if status.is_server_error() => failed_with(status),
            _ => Outcome::success(),
        };
        span.end(outcome);
    }

    /// The method has answered, and so there is one of that name.
    fn name_by(&self, context: &Context, method: &str) {
        let span = context.span();
        if self.settings.name.is_none() {
            span.update_name(method.to_owned());
        }
        span.set_attribute(KeyValue::new("rpc.method", method.to_owned()));
    }

    /// `http.response.body.size`
    pub(super) fn sent(&self, span: &ActiveSpan, bytes: u64) {
        if self.settings.body_sizes
            && !self.is_grpc()
            && let Some(context) = span.context()
        {
            context.span().set_attribute(KeyValue::new("http.response.body.size", size(bytes)));
        }
    }
}
