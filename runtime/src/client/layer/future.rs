//! The future: from the request to the response's headers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll};

use crate::api::KeyValue;
use crate::api::trace::TraceContextExt as _;
use http::{Response, response};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::ClientBody;
use super::settings::Settings;
use super::span::Begun;
use crate::RequestSpan;
use crate::client::under::Under;
use crate::http::{Measurement, protocol_version, record_status};
use crate::span::{ActiveSpan, Exception, Outcome};

pin_project! {
    /// The response of a [`ClientService`](super::ClientService), under its span.
    #[must_use = "futures do nothing unless polled"]
    pub struct ClientFuture<F> {
        #[pin]
        inner: Under<F>,
        settings: Settings,
        is_grpc: bool,
        measured: Option<Measurement>,
        headers_only: bool,
    }
}

impl<F> std::fmt::Debug for ClientFuture<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientFuture").finish_non_exhaustive()
    }
}

impl<F> ClientFuture<F> {
    pub(super) fn new(inner: F, begun: Begun, settings: Settings) -> Self {
        let Begun { span, is_grpc, measured, asks_for_headers_only } = begun;
        Self {
            inner: Under::new(span, inner),
            settings,
            is_grpc,
            measured,
            headers_only: asks_for_headers_only,
        }
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
        let Poll::Ready((mut span, answer)) = this.inner.poll(task) else { return Poll::Pending };
        Poll::Ready(match answer {
            Ok(response) => {
                let (head, body) = response.into_parts();
                if let Some(mut measured) = this.measured.take() {
                    measured.status(head.status);
                    if let Some(version) = protocol_version(head.version) {
                        measured.add("network.protocol.version", version);
                    }
                    if head.status.is_client_error() || head.status.is_server_error() {
                        measured.failed(head.status.as_str().to_owned());
                    }
                }
                answered(&mut span, &head, this.settings, *this.is_grpc);
                let until_end = *this.is_grpc || this.settings.until_body_end;
                let body = ClientBody::new(body, &head, span, until_end, *this.is_grpc, *this.headers_only);
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                if let Some(mut measured) = this.measured.take() {
                    measured.failed(std::any::type_name::<E>());
                }
                span.end(Outcome::failed(Exception::of_type::<E>()));
                Err(error)
            }
        })
    }
}

fn answered(span: &mut ActiveSpan, head: &response::Parts, settings: &Settings, is_grpc: bool) {
    let Some(context) = span.context() else { return };
    let recorded = context.span();
    settings.common.response_headers.record(&head.headers, is_grpc, |key, value| {
        recorded.set_attribute(KeyValue::new(key.clone(), value))
    });
    if !is_grpc {
        record_status(context, head.status);
        if let Some(version) = protocol_version(head.version) {
            recorded.set_attribute(KeyValue::new("network.protocol.version", version));
        }
    }
    if let Some(hook) = settings.on_response.as_ref().filter(|_| recorded.is_recording()) {
        let handle = RequestSpan::of(Some(context));
        span.run(|| hook(&handle, head));
    }
}
