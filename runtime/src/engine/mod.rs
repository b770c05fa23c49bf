//! Where a started span lives and where an ended one goes: two lanes behind one door.
//!
//! - The *recorder* lane is Spanwise's own: `init()` and captures choose it. A span of ours lives in
//!   the OpenTelemetry [`Context`], and what ends goes to a [`Sink`].
//! - The *provider* lane goes through `opentelemetry::global`: an application that installed a
//!   provider of its own gets its spans there.
//!
//! [`door`] is the door. Nobody outside of this folder can tell which lane a span is on.

pub(crate) mod current;
pub(crate) mod door;
#[cfg(feature = "otlp")]
mod provider;
mod record;
mod recorder;
mod sink;
mod span;
mod telemetry;

#[cfg(feature = "otlp")]
pub(crate) use provider::RecorderProvider;
pub use record::SpanRecord;
#[cfg(feature = "otlp")]
pub(crate) use recorder::{Recorder, install};
#[cfg(feature = "otlp")]
pub(crate) use sink::Sink;
pub use telemetry::Telemetry;
pub(crate) use telemetry::keep_place;

use opentelemetry::Context;
