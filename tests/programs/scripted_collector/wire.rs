//! What each request passes first, over gRPC and over HTTP.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use http_body_util::BodyExt as _;

use crate::collected::Collector;
use crate::door::Cut;
use crate::mode::Mode;

/// Bytes that are no valid message.
pub(crate) const NONSENSE: &[u8] = b"<html>short and stout</html>";

/// Counts the request, adds its mode as an extension, and breaks the connection if the mode says so.
pub(crate) async fn pass(
    State(collector): State<Arc<Collector>>,
    Extension(cut): Extension<Cut>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_compressed = ["content-encoding", "grpc-encoding"]
        .iter()
        .any(|name| request.headers().get(*name).is_some_and(|value| value == "gzip"));
    let mode = collector.arrives(is_compressed);
    if mode == Mode::Break {
        let _ = request.body_mut().frame().await;
        cut.now().await;
    }
    if mode == Mode::Page {
        return Html(NONSENSE).into_response();
    }
    if let Mode::LimitOfProxy(bytes) = mode {
        let (head, body) = request.into_parts();
        let Ok(whole) = body.collect().await else { return StatusCode::BAD_REQUEST.into_response() };
        let whole = whole.to_bytes();
        if whole.len() > bytes {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        request = Request::from_parts(head, whole.into());
    }
    if let Mode::Redirect(status) = mode
        && request.uri().query() != Some("redirected")
    {
        let to = format!("{}?redirected", request.uri().path());
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::TEMPORARY_REDIRECT);
        return (status, [(header::LOCATION, to)]).into_response();
    }
    request.extensions_mut().insert(mode);
    let response = next.run(request).await;
    if mode == Mode::Lose {
        cut.now().await;
    }
    response
}
