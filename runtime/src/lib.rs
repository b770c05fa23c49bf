#![doc = include_str!("../docs/guide.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The attribute's expansion starts its paths at `::spanwise`, in this crate's own tests as elsewhere.
extern crate self as spanwise;

// The parts, from the ground up. `ARCHITECTURE.md` says what each is for.
mod carrier;
#[cfg(feature = "record")]
mod diag;
#[cfg(feature = "otlp")]
mod error;
#[cfg(feature = "record")]
mod leaked_cell;
mod level;
#[cfg(feature = "record")]
mod outbox;
mod propagator;
mod redacted;
#[cfg(any(feature = "otlp", feature = "client", feature = "server"))]
mod secret;
mod value;

#[cfg(feature = "record")]
mod otlp;
#[cfg(feature = "record")]
pub mod sampling;

#[cfg(feature = "record")]
mod engine;
#[cfg(feature = "record")]
mod propagation;
#[cfg(feature = "record")]
mod span;

#[macro_use]
mod macros;

#[cfg(feature = "client")]
pub mod client;
#[cfg(any(feature = "client", feature = "server"))]
mod http;
#[cfg(any(feature = "logs", feature = "log"))]
pub mod logs;
#[cfg(feature = "server")]
pub mod server;
pub mod task;

#[cfg(feature = "otlp")]
mod export;
#[cfg(feature = "otlp")]
pub mod setup;
#[cfg(feature = "otlp")]
mod spool;
#[cfg(feature = "testing")]
pub mod testing;

// With recording off, `noop` stands in for OpenTelemetry's API and for the parts above that record.
#[cfg(not(feature = "record"))]
mod noop;
#[cfg(not(feature = "record"))]
use noop::api;
#[cfg(all(not(feature = "record"), any(feature = "client", feature = "server")))]
use noop::diag;
#[cfg(not(feature = "record"))]
use noop::{engine, propagation, span};
#[cfg(feature = "record")]
use opentelemetry as api;

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
#[doc(no_inline)]
pub use client::{Client, ClientLayer};
#[cfg(feature = "record")]
pub use engine::provider::{global_provider::refresh_provider, handle::Provider};
pub use level::{Level, set_max_level};
pub use propagator::Propagator;
pub use redacted::Redacted;
#[cfg(feature = "server")]
#[doc(no_inline)]
pub use server::ServerLayer;
#[cfg(feature = "otlp")]
#[doc(no_inline)]
pub use setup::{Builder, Guard, builder, doctor, init};
pub use span::{
    Attribute, ManualSpan, current_span_id, current_trace_id, event, install_panic_hook, set_attribute,
};
#[doc(no_inline)]
pub use task::{FutureExt, extract, inject};
#[cfg(feature = "tokio")]
#[doc(no_inline)]
pub use task::{spawn, spawn_blocking, spawn_linked, spawn_local};
pub use value::AttributeValue;

/// Hooks that see each recorded span when it starts and when it ends; given to [`Builder::hook`](crate::Builder::hook).
#[cfg(feature = "record")]
pub mod hook {
    pub use crate::engine::recorder::hook::{Decision, SpanHook, SpanMut};
}

/// Pages of documentation: what the guide links to.
#[cfg(all(
    doc,
    feature = "client",
    feature = "logs",
    feature = "otlp",
    feature = "server",
    feature = "tokio"
))]
pub mod docs {
    #[doc = include_str!("../docs/configuration.md")]
    pub mod configuration {}
    #[doc = include_str!("../docs/conventions.md")]
    pub mod conventions {}
    #[doc = include_str!("../docs/migration.md")]
    pub mod migration {}
    #[doc = include_str!("../docs/resource.md")]
    pub mod resource {}
    #[doc = include_str!("../docs/tasks.md")]
    pub mod tasks {}
}

/// The version of the semantic conventions that the attributes are named by.
#[cfg(any(feature = "otlp", all(feature = "record", any(feature = "client", feature = "server"))))]
const SCHEMA_URL: &str = "https://opentelemetry.io/schemas/1.45.0";
