//! A response's body under the span of its request, which ends with it.

use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Instant;

use crate::api::KeyValue;
use crate::api::trace::TraceContextExt as _;
use bytes::{Buf as _, Bytes};
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use reqwest::{Response, ResponseBuilderExt as _};

use super::error;
use super::settings::Set;
use crate::http::{Measurement, content_length, failed_with, size};
use crate::span::{ActiveSpan, Outcome};

/// The response, with its body under the span.
pub(super) fn under(
    span: ActiveSpan,
    measured: Option<Measurement>,
    response: Response,
    is_of_head: bool,
    set: &Set,
) -> Response {
    let status = response.status();
    let is_failure = status.is_client_error() || status.is_server_error();
    let promised = content_length(response.headers());
    // What a URL is kept by is reqwest's secret, and it is lost on the way.
    let url = http::Response::builder().url(response.url().clone()).body(());
    let (mut head, inner) = http::Response::<reqwest::Body>::from(response).into_parts();
    if let Ok(with_url) = url {
        head.extensions.extend(with_url.into_parts().0.extensions);
    }
    let mut body = Traced {
        inner,
        span,
        measured,
        failure: is_failure.then_some(status),
        read: 0,
        promised,
        records_size: set.body_sizes,
        began: set.phases.then(Instant::now),
    };
    let has_none = is_of_head
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || promised == Some(0)
        || body.inner.size_hint().exact() == Some(0)
        || body.inner.is_end_stream();
    if has_none {
        body.measured = None;
        end(&mut body.span, body.failure, body.read, body.records_size, body.began);
    }
    Response::from(http::Response::from_parts(head, reqwest::Body::wrap(body)))
}

pin_project! {
    struct Traced {
        #[pin]
        inner: reqwest::Body,
        span: ActiveSpan,
        // Over when it is dropped.
        measured: Option<Measurement>,
        failure: Option<StatusCode>,
        read: u64,
        promised: Option<u64>,
        records_size: bool,
        began: Option<Instant>,
    }

    impl PinnedDrop for Traced {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            told(this.span, *this.read, *this.records_size, *this.began);
            this.span.cancel(|| {});
        }
    }
}

/// How much was read, and how long it took.
fn told(span: &ActiveSpan, read: u64, records_size: bool, began: Option<Instant>) {
    let Some(context) = span.context() else { return };
    if records_size {
        context.span().set_attribute(KeyValue::new("http.response.body.size", size(read)));
    }
    if let Some(began) = began {
        context.span().set_attribute(KeyValue::new("spanwise.phase.body", began.elapsed().as_secs_f64()));
    }
}

fn end(
    span: &mut ActiveSpan,
    failure: Option<StatusCode>,
    read: u64,
    records_size: bool,
    began: Option<Instant>,
) {
    told(span, read, records_size, began);
    span.end(failure.map_or_else(Outcome::success, failed_with));
}

impl Body for Traced {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let mut this = self.project();
        let polled = if this.span.is_open() {
            this.span.run(|| this.inner.as_mut().poll_frame(task))
        } else if this.measured.is_some() {
            this.inner.as_mut().poll_frame(task)
        } else {
            return this.inner.poll_frame(task);
        };
        let is_over = match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                *this.read += frame.data_ref().map_or(0, |data| data.remaining() as u64);
                frame.is_trailers()
                    || this.promised.is_some_and(|promised| *this.read >= promised)
                    || this.inner.is_end_stream()
            }
            Poll::Ready(Some(Err(error))) => {
                if let Some(context) = this.span.context() {
                    error::fail(context, error);
                }
                if let Some(mut measured) = this.measured.take() {
                    measured.failed(error::kind(error));
                }
                told(this.span, *this.read, *this.records_size, *this.began);
                this.span.end(Outcome::success());
                false
            }
            Poll::Ready(None) => true,
            Poll::Pending => false,
        };
        if is_over {
            *this.measured = None;
            end(this.span, *this.failure, *this.read, *this.records_size, *this.began);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
