//! What every request passes, over gRPC and over HTTP.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use http_body_util::BodyExt as _;

use crate::collected::Collector;
use crate::door::Cut;
use crate::mode::Mode;

/// What is no message of any kind.
pub(crate) const NONSENSE: &[u8] = b"<html>short and stout</html>";

/// Notes that a request has come and gives it its mode, which those after find in it; and breaks off
/// where that says so.
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
    request.extensions_mut().insert(mode);
    let response = next.run(request).await;
    if mode == Mode::Lose {
        cut.now().await;
    }
    response
}
