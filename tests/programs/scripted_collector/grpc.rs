//! OTLP/gRPC, with tonic.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request as HttpRequest;
use axum::middleware::{Next, from_fn};
use axum::response::Response as HttpResponse;
use http_body_util::BodyExt as _;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;
use tonic::codec::CompressionEncoding;
use tonic::{Code, Request, Response, Status};

use crate::collected::{Answer, Collector};
use crate::mode::Mode;
use crate::wire::NONSENSE;

const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

pub(crate) fn routes(collector: &Arc<Collector>) -> Router {
    let service = TraceServiceServer::new(Service(Arc::clone(collector)));
    Router::new()
        .route_service(
            PATH,
            service.accept_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Zstd),
        )
        .layer(from_fn(garble))
}

#[derive(Debug)]
struct Service(Arc<Collector>);

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mode = request.extensions().get().copied().unwrap_or_default();
        match self.0.answer(mode, request.into_inner()).await {
            Answer::Taken { rejected } => Ok(Response::new(taken(rejected))),
            Answer::Unavailable => Err(Status::unavailable("as scripted")),
            Answer::Invalid => Err(Status::invalid_argument("as scripted")),
            Answer::Unauthenticated => Err(Status::unauthenticated("as scripted")),
            Answer::Refused { grpc, .. } => Err(Status::new(Code::from_i32(grpc), "as scripted")),
            Answer::TooLarge(bytes) => Err(Status::resource_exhausted(format!(
                "grpc: received message larger than max (_ vs. {bytes})"
            ))),
            Answer::Exhausted(None) => Err(Status::resource_exhausted("as scripted")),
            Answer::Exhausted(Some(time)) => {
                let details = with_retry_info(time).encode_to_vec();
                Err(Status::with_details(Code::ResourceExhausted, "as scripted", details.into()))
            }
        }
    }
}

/// The answer to a request that was accepted, except for this many spans.
pub(crate) fn taken(rejected: usize) -> ExportTraceServiceResponse {
    let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
        rejected_spans: i64::try_from(rejected).unwrap_or(i64::MAX),
        error_message: "the last ones, as scripted".to_owned(),
    });
    ExportTraceServiceResponse { partial_success }
}

/// Replaces the message by garbage if the mode says so. The trailers still say that all is well.
async fn garble(request: HttpRequest, next: Next) -> HttpResponse {
    let instead = match request.extensions().get() {
        Some(Mode::Garbage) => NONSENSE.to_vec(),
        Some(Mode::Long) => vec![0; 5 << 20],
        _ => return next.run(request).await,
    };
    let response = next.run(request).await;
    let length = u32::try_from(instead.len()).unwrap_or_default();
    let nonsense = Bytes::from([&[0], &length.to_be_bytes()[..], &instead].concat());
    response.map(|body| Body::new(body.map_frame(move |frame| frame.map_data(|_| nonsense.clone()))))
}

/// `google.rpc.Status`, with the fields that are needed.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<RetryDelay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, PartialEq, prost::Message)]
struct RetryDelay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

fn with_retry_info(time: Duration) -> RpcStatus {
    let delay = RetryDelay {
        seconds: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(time.subsec_nanos()).unwrap_or_default(),
    };
    let info = RetryInfo { retry_delay: Some(delay) };
    RpcStatus {
        code: Code::ResourceExhausted.into(),
        message: "as scripted".to_owned(),
        details: vec![Any {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            value: info.encode_to_vec(),
        }],
    }
}
