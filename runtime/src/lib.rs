#![doc = include_str!("../docs/guide.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The attribute's expansion starts its paths at `::spanwise`, in this crate's own tests as elsewhere.
extern crate self as spanwise;

/// OpenTelemetry's API; with recording off, what stands in for the part of it that Spanwise uses.
#[cfg(not(feature = "record"))]
use noop::api;
#[cfg(feature = "record")]
use opentelemetry as api;

mod carrier;
#[cfg(feature = "client")]
mod client;
#[cfg(all(doc, feature = "client", feature = "server", feature = "otlp"))]
#[doc = include_str!("../docs/conventions.md")]
pub mod conventions {}
#[cfg(all(doc, feature = "client", feature = "server", feature = "otlp"))]
#[doc = include_str!("../docs/configuration.md")]
pub mod configuration {}
#[cfg(feature = "record")]
mod diag;
#[cfg(feature = "record")]
mod engine;
#[cfg(feature = "otlp")]
mod error;
#[cfg(feature = "otlp")]
mod export;
#[cfg(any(feature = "client", feature = "server"))]
mod http;
mod level;
#[cfg(any(feature = "logs", feature = "log"))]
pub mod logs;
#[macro_use]
mod macros;
#[cfg(not(feature = "record"))]
mod noop;
#[cfg(feature = "record")]
mod propagation;
mod propagator;
#[cfg(all(doc, feature = "logs", feature = "otlp", feature = "server", feature = "tokio"))]
#[doc = include_str!("../docs/migration.md")]
pub mod migration {}
mod redacted;
#[cfg(all(doc, feature = "otlp"))]
#[doc = include_str!("../docs/resource.md")]
pub mod resource {}
#[cfg(feature = "record")]
pub mod sampling;
#[cfg(any(feature = "otlp", feature = "client", feature = "server"))]
mod secret;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "otlp")]
mod setup;
#[cfg(feature = "record")]
mod span;
#[cfg(feature = "otlp")]
mod spool;
mod task;
#[cfg(all(doc, feature = "client", feature = "otlp", feature = "server", feature = "tokio"))]
#[doc = include_str!("../docs/tasks.md")]
pub mod tasks {}
#[cfg(feature = "record")]
mod otlp;
#[cfg(feature = "testing")]
pub mod testing;
mod value;

#[cfg(all(not(feature = "record"), any(feature = "client", feature = "server")))]
use noop::diag;
#[cfg(not(feature = "record"))]
use noop::{engine, propagation, span};

#[cfg(feature = "record")]
#[doc(hidden)]
pub mod __private;
#[cfg(not(feature = "record"))]
#[doc(hidden)]
pub use noop::expansion as __private;

#[doc = include_str!("../docs/instrument.md")]
pub use spanwise_macros::instrument;

/// The value of an attribute: `opentelemetry::Value`, and with recording off what stands in for it.
///
/// It has to be named where [`AttributeValue`] is implemented:
///
/// ```
/// use spanwise::{AttributeValue, Value};
///
/// struct OrderId(u64);
///
/// impl AttributeValue for OrderId {
///     fn to_value(&self) -> Option<Value> {
///         self.0.to_value()
///     }
/// }
/// ```
#[doc(inline)]
pub use api::Value;
pub use carrier::{Carrier, CarrierMut};
#[cfg(feature = "client")]
pub use client::{
    Client, ClientBody, ClientBuilder, ClientFuture, ClientLayer, ClientService, Redirect, RedirectDecision,
    Redirects, RequestBuilder, Sent,
};
#[cfg(feature = "record")]
pub use engine::provider::{global_provider::refresh_provider, handle::Telemetry};
#[cfg(feature = "record")]
pub use engine::queue::record::SpanRecord;
#[cfg(feature = "record")]
pub use engine::recorder::hook::{Decision, SpanHook, SpanMut};
#[cfg(feature = "otlp")]
pub use error::{ExportError, InitError};
#[cfg(feature = "otlp")]
pub use export::{Dropped, Report};
#[cfg(any(feature = "client", feature = "server"))]
pub use http::RequestSpan;
pub use level::{Level, set_max_level};
pub use propagator::Propagator;
pub use redacted::Redacted;
#[cfg(feature = "server")]
pub use server::{PeerAddress, ServerBody, ServerFuture, ServerLayer, ServerRequest, ServerService};
#[cfg(feature = "otlp")]
pub use setup::{
    BuildInfo, Builder, Detector, Diagnosis, Guard, OtlpCompression, OtlpProtocol, TracesExporter, builder,
    doctor, init,
};
pub use span::{
    Attribute, ManualSpan, current_span_id, current_trace_id, event, install_panic_hook, set_attribute,
};
pub use task::{
    CarriedContext, Envelope, FutureExt, InContext, carry, carry_each, extract, inject, spawn_thread,
    with_current_context,
};
#[cfg(feature = "tokio")]
pub use task::{JoinSetExt, spawn, spawn_blocking, spawn_linked, spawn_local};
pub use value::AttributeValue;

/// The version of the semantic conventions that the attributes are named by.
#[cfg(any(feature = "otlp", all(feature = "record", any(feature = "client", feature = "server"))))]
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.45.0";
