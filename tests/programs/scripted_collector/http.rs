//! OTLP/HTTP, binary protobuf.

use std::io::Read as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;

use crate::collected::{Answer, Collector};
use crate::grpc::taken;
use crate::mode::Mode;
use crate::wire::NONSENSE;

/// The content type of requests and answers.
const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

pub(crate) fn routes(collector: &Arc<Collector>) -> Router {
    Router::new().route("/v1/traces", post(export)).with_state(Arc::clone(collector))
}

async fn export(
    State(collector): State<Arc<Collector>>,
    Extension(mode): Extension<Mode>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = match read(&headers, body) {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    let is_protobuf = [(header::CONTENT_TYPE, PROTOBUF)];
    match collector.answer(mode, request).await {
        Answer::Taken { .. } if mode == Mode::Garbage => (is_protobuf, NONSENSE).into_response(),
        Answer::Taken { .. } if mode == Mode::Long => (is_protobuf, vec![0; 5 << 20]).into_response(),
        Answer::Taken { rejected } => (is_protobuf, taken(rejected).encode_to_vec()).into_response(),
        Answer::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Answer::Invalid => StatusCode::BAD_REQUEST.into_response(),
        Answer::Unauthenticated => StatusCode::UNAUTHORIZED.into_response(),
        Answer::Refused { http, .. } => {
            StatusCode::from_u16(http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
        Answer::TooLarge(_) => (StatusCode::BAD_REQUEST, "http: request body too large\n").into_response(),
        Answer::Exhausted(None) => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Answer::Exhausted(Some(time)) => {
            let seconds = time.as_millis().div_ceil(1000).to_string();
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, seconds)]).into_response()
        }
    }
}

fn read(headers: &HeaderMap, body: Bytes) -> Result<ExportTraceServiceRequest, (StatusCode, &'static str)> {
    if headers.get(header::CONTENT_TYPE) != Some(&PROTOBUF) {
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "not of the type it has to be"));
    }
    let plain = match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None => body,
        Some(b"gzip") => {
            let mut plain = Vec::new();
            let read = GzDecoder::new(body.as_ref()).read_to_end(&mut plain);
            read.map_err(|_| (StatusCode::BAD_REQUEST, "not compressed as the header says"))?;
            plain.into()
        }
        Some(_) => return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed in a way of its own")),
    };
    ExportTraceServiceRequest::decode(plain).map_err(|_| (StatusCode::BAD_REQUEST, "no request of OTLP"))
}
