//! The future: from the request to the response's headers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use http::{Response, response};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::ClientBody;
use super::options::ClientLayerOptions;
use super::span::StartedRequest;
use crate::api::KeyValue;
use crate::api::trace::TraceContextExt as _;
use crate::client::in_span::InSpan;
use crate::http::RequestSpan;
use crate::http::{is_failure, protocol_version, record_status};
use crate::span::{ActiveSpan, Exception, Outcome};

pin_project! {
    /// The future of a [`ClientService`](super::ClientService). The span of the request is current while it is polled and dropped.
    #[must_use = "futures do nothing unless polled"]
    pub struct ClientFuture<F> {
        #[pin]
        inner: InSpan<F>,
        // `None` with recording off.
        request: Option<StartedRequest>,
    }
}

impl<F> std::fmt::Debug for ClientFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientFuture").finish_non_exhaustive()
    }
}

impl<F> ClientFuture<F> {
    pub(super) const fn new(inner: F, span: ActiveSpan, request: Option<StartedRequest>) -> Self {
        Self { inner: InSpan::new(span, inner), request }
    }
}

impl<F, B, E> Future for ClientFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ClientBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Poll::Ready((mut span, result)) = this.inner.poll(task) else { return Poll::Pending };
        let Some(request) = this.request.take() else {
            return Poll::Ready(result.map(|response| response.map(ClientBody::unrecorded)));
        };
        let StartedRequest { options, is_grpc, measurement, expects_body } = request;
        Poll::Ready(match result {
            Ok(response) => {
                let (head, body) = response.into_parts();
                if let Some(mut measurement) = measurement {
                    measurement.status(head.status);
                    if let Some(version) = protocol_version(head.version) {
                        measurement.add("network.protocol.version", version);
                    }
                    if is_failure(head.status) {
                        measurement.failed(head.status.as_str().to_owned());
                    }
                }
                record_response(&mut span, &head, &options, is_grpc);
                let until_end = is_grpc || options.until_body_end;
                let body = ClientBody::new(body, &head, span, until_end, is_grpc, expects_body);
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                if let Some(mut measurement) = measurement {
                    measurement.failed(std::any::type_name::<E>());
                }
                span.end(Outcome::failed(Exception::of_type::<E>()));
                Err(error)
            }
        })
    }
}

fn record_response(
    span: &mut ActiveSpan,
    head: &response::Parts,
    options: &ClientLayerOptions,
    is_grpc: bool,
) {
    let Some(context) = span.context() else { return };
    let recorded = context.span();
    options.request.response_headers.record(
        &head.headers,
        &options.request.redaction,
        is_grpc,
        |key, value| recorded.set_attribute(KeyValue::new(key.clone(), value)),
    );
    if !is_grpc {
        record_status(context, head.status);
        if let Some(version) = protocol_version(head.version) {
            recorded.set_attribute(KeyValue::new("network.protocol.version", version));
        }
    }
    if let Some(hook) = options.on_response.as_ref().filter(|_| recorded.is_recording()) {
        let handle = RequestSpan::of(Some(context));
        span.run(|| hook(&handle, head));
    }
}
