//! The body of a response whose span lasts until its end.

use std::pin::Pin;
use std::task::{Context as Task, Poll};
use std::time::Instant;

use bytes::{Buf as _, Bytes};
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use reqwest::{Response, ResponseBuilderExt as _};

use super::error;
use super::options::ClientOptions;
use crate::api::KeyValue;
use crate::api::trace::TraceContextExt as _;
use crate::http::{Measurement, content_length, failed_with, is_failure, size};
use crate::span::{ActiveSpan, Outcome};

/// Returns the response with its body in the span.
pub(super) fn in_span(
    span: ActiveSpan,
    measurement: Option<Measurement>,
    response: Response,
    is_of_head: bool,
    options: &ClientOptions,
) -> Response {
    let status = response.status();
    let length = content_length(response.headers());
    // The conversion into `http::Response` loses the URL. Only reqwest can make the extension that keeps it.
    let url = http::Response::builder().url(response.url().clone()).body(());
    let (mut head, inner) = http::Response::<reqwest::Body>::from(response).into_parts();
    if let Ok(with_url) = url {
        head.extensions.extend(with_url.into_parts().0.extensions);
    }
    let mut body = TracedBody {
        inner,
        span,
        measurement,
        failure: is_failure(status).then_some(status),
        read: 0,
        length,
        has_size: options.has_body_sizes,
        start: options.has_phases().then(Instant::now),
    };
    let is_empty = is_of_head
        || status.is_informational()
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || length == Some(0)
        || body.inner.size_hint().exact() == Some(0)
        || body.inner.is_end_stream();
    if is_empty {
        body.measurement = None;
        end(&mut body.span, body.failure, body.read, body.has_size, body.start);
    }
    Response::from(http::Response::from_parts(head, reqwest::Body::wrap(body)))
}

pin_project! {
    struct TracedBody {
        #[pin]
        inner: reqwest::Body,
        span: ActiveSpan,
        // Recorded when it is dropped.
        measurement: Option<Measurement>,
        failure: Option<StatusCode>,
        read: u64,
        // The length of the body, if it is known.
        length: Option<u64>,
        has_size: bool,
        start: Option<Instant>,
    }

    impl PinnedDrop for TracedBody {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            record_read(this.span, *this.read, *this.has_size, *this.start);
            this.span.cancel(|| {});
        }
    }
}

/// Records how much was read, and how long it took.
fn record_read(span: &ActiveSpan, read: u64, has_size: bool, start: Option<Instant>) {
    let Some(context) = span.context() else { return };
    if has_size {
        context.span().set_attribute(KeyValue::new("http.response.body.size", size(read)));
    }
    if let Some(start) = start {
        context.span().set_attribute(KeyValue::new("spanwise.phase.body", start.elapsed().as_secs_f64()));
    }
}

fn end(
    span: &mut ActiveSpan,
    failure: Option<StatusCode>,
    read: u64,
    has_size: bool,
    start: Option<Instant>,
) {
    record_read(span, read, has_size, start);
    span.end(failure.map_or_else(Outcome::success, failed_with));
}

impl Body for TracedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Task<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let mut this = self.project();
        let polled = if this.span.is_open() {
            this.span.run(|| this.inner.as_mut().poll_frame(task))
        } else if this.measurement.is_some() {
            this.inner.as_mut().poll_frame(task)
        } else {
            return this.inner.poll_frame(task);
        };
        let is_over = match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                *this.read += frame.data_ref().map_or(0, |data| data.remaining() as u64);
                frame.is_trailers()
                    || this.length.is_some_and(|length| *this.read >= length)
                    || this.inner.is_end_stream()
            }
            Poll::Ready(Some(Err(error))) => {
                if let Some(context) = this.span.context() {
                    error::fail(context, error);
                }
                if let Some(mut measurement) = this.measurement.take() {
                    measurement.failed(error::kind(error));
                }
                record_read(this.span, *this.read, *this.has_size, *this.start);
                this.span.end(Outcome::success());
                false
            }
            Poll::Ready(None) => true,
            Poll::Pending => false,
        };
        if is_over {
            *this.measurement = None;
            end(this.span, *this.failure, *this.read, *this.has_size, *this.start);
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
