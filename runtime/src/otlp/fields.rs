//! The field numbers of OTLP's messages, under their names in the
//! [protocol](https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto).
//!
//! Each number is written once, here, in one module per message. Encoders and decoders use the same constants; the
//! [parent module](crate::otlp) says where they are.

/// [`ExportTraceServiceRequest`](https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/collector/trace/v1/trace_service.proto).
pub(crate) mod request {
    pub(crate) const RESOURCE_SPANS: u8 = 1;
}

/// `ResourceSpans`.
pub(crate) mod resource_spans {
    pub(crate) const RESOURCE: u8 = 1;
    pub(crate) const SCOPE_SPANS: u8 = 2;
    pub(crate) const SCHEMA_URL: u8 = 3;
}

/// `Resource`.
pub(crate) mod resource {
    pub(crate) const ATTRIBUTES: u8 = 1;
    pub(crate) const DROPPED_ATTRIBUTES_COUNT: u8 = 2;
}

/// `ScopeSpans`.
pub(crate) mod scope_spans {
    pub(crate) const SCOPE: u8 = 1;
    pub(crate) const SPANS: u8 = 2;
    pub(crate) const SCHEMA_URL: u8 = 3;
}

/// `InstrumentationScope`.
pub(crate) mod scope {
    pub(crate) const NAME: u8 = 1;
    pub(crate) const VERSION: u8 = 2;
    pub(crate) const ATTRIBUTES: u8 = 3;
    pub(crate) const DROPPED_ATTRIBUTES_COUNT: u8 = 4;
}

/// [`Span`](https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto).
pub(crate) mod span {
    pub(crate) const TRACE_ID: u8 = 1;
    pub(crate) const SPAN_ID: u8 = 2;
    pub(crate) const TRACE_STATE: u8 = 3;
    pub(crate) const PARENT_SPAN_ID: u8 = 4;
    pub(crate) const NAME: u8 = 5;
    pub(crate) const KIND: u8 = 6;
    pub(crate) const START_TIME_UNIX_NANO: u8 = 7;
    pub(crate) const END_TIME_UNIX_NANO: u8 = 8;
    pub(crate) const ATTRIBUTES: u8 = 9;
    pub(crate) const DROPPED_ATTRIBUTES_COUNT: u8 = 10;
    pub(crate) const EVENTS: u8 = 11;
    pub(crate) const DROPPED_EVENTS_COUNT: u8 = 12;
    pub(crate) const LINKS: u8 = 13;
    pub(crate) const DROPPED_LINKS_COUNT: u8 = 14;
    pub(crate) const STATUS: u8 = 15;
    pub(crate) const FLAGS: u8 = 16;
}

/// `Span.Event`.
pub(crate) mod event {
    pub(crate) const TIME_UNIX_NANO: u8 = 1;
    pub(crate) const NAME: u8 = 2;
    pub(crate) const ATTRIBUTES: u8 = 3;
    pub(crate) const DROPPED_ATTRIBUTES_COUNT: u8 = 4;
}

/// `Span.Link`.
pub(crate) mod link {
    pub(crate) const TRACE_ID: u8 = 1;
    pub(crate) const SPAN_ID: u8 = 2;
    pub(crate) const TRACE_STATE: u8 = 3;
    pub(crate) const ATTRIBUTES: u8 = 4;
    pub(crate) const DROPPED_ATTRIBUTES_COUNT: u8 = 5;
    pub(crate) const FLAGS: u8 = 6;
}

/// `Status`, and the values of its code.
pub(crate) mod status {
    pub(crate) const MESSAGE: u8 = 2;
    pub(crate) const CODE: u8 = 3;

    pub(crate) const OK: u8 = 1;
    pub(crate) const ERROR: u8 = 2;
}

/// [`KeyValue`](https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto).
pub(crate) mod key_value {
    pub(crate) const KEY: u8 = 1;
    pub(crate) const VALUE: u8 = 2;
}

/// `AnyValue`, of which one field is set.
pub(crate) mod any_value {
    pub(crate) const STRING: u8 = 1;
    pub(crate) const BOOL: u8 = 2;
    pub(crate) const INT: u8 = 3;
    pub(crate) const DOUBLE: u8 = 4;
    pub(crate) const ARRAY: u8 = 5;
}

/// `ArrayValue`.
pub(crate) mod array_value {
    pub(crate) const VALUES: u8 = 1;
}

/// [`ExportTraceServiceResponse`](https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/collector/trace/v1/trace_service.proto).
pub(crate) mod export_response {
    pub(crate) const PARTIAL_SUCCESS: u8 = 1;
}

/// `ExportTracePartialSuccess`.
pub(crate) mod partial_success {
    pub(crate) const REJECTED_SPANS: u8 = 1;
    pub(crate) const ERROR_MESSAGE: u8 = 2;
}

/// [`google.rpc.Status`](https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto), of a failed request.
pub(crate) mod rpc_status {
    pub(crate) const CODE: u8 = 1;
    pub(crate) const MESSAGE: u8 = 2;
    pub(crate) const DETAILS: u8 = 3;
}

/// `google.protobuf.Any`, a detail of a [`rpc_status`].
pub(crate) mod any {
    pub(crate) const TYPE_URL: u8 = 1;
    pub(crate) const VALUE: u8 = 2;
}

/// `google.rpc.RetryInfo`, in such a detail.
pub(crate) mod retry_info {
    pub(crate) const RETRY_DELAY: u8 = 1;
}

/// `google.protobuf.Duration`.
pub(crate) mod duration {
    pub(crate) const SECONDS: u8 = 1;
    pub(crate) const NANOS: u8 = 2;
}
