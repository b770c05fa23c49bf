//! Where a started span lives and where an ended one goes: two lanes behind one door.
//!
//! - The *recorder* lane is Spanwise's own: `init()` and captures choose it. A span of ours lives in
//!   the OpenTelemetry [`Context`]; what it carries is encoded as it comes ([`open`]), and once it has
//!   ended it waits in its thread's chunk ([`shelf`]) until the exporter's thread comes for it
//!   ([`handover`]), or is seen at once by a [`sink`].
//! - The *provider* lane goes through `opentelemetry::global`: an application that installed a
//!   provider of its own gets its spans there ([`foreign`]).
//!
//! [`door`] is the door. Nobody outside of this folder can tell which lane a span is on.
#![cfg_attr(not(feature = "otlp"), allow(dead_code, reason = "nobody makes a recorder then"))]

mod adapt;
mod aside;
mod attributes;
mod callsite;
mod cap;
mod chunk;
mod clock;
pub(crate) mod current;
pub(crate) mod door;
mod draft;
mod foreign;
mod fork;
mod handover;
mod hook;
mod limits;
mod local;
mod open;
mod prefetch;
mod provider;
mod random;
mod record;
mod recorder;
mod sampling;
mod scope;
mod shelf;
mod sink;
mod span;
mod telemetry;
pub(crate) mod word;

/// The atomics of the [`shelf`], in whose place loom puts its own (`tests/loom`).
mod atomic {
    pub(super) use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
    pub(super) use std::thread::yield_now;
}

pub use callsite::{Callsite, Crate, Place};
pub use foreign::refresh_provider;
pub use hook::{Decision, SpanHook, SpanMut};
pub use record::SpanRecord;
pub use sampling::{Adjustable, ParentBased, SamplerHandle, adjustable};
pub use telemetry::Telemetry;

#[cfg(all(feature = "metrics", any(feature = "client", feature = "server")))]
pub(crate) use foreign::provider_generation;
pub(crate) use local::identity;
pub(crate) use sampling::{answer, as_others_see_it, never, shown as shown_flags, state_of, threshold};
#[cfg(feature = "otlp")]
pub(crate) use scope::Scope;
#[cfg(feature = "testing")]
pub(crate) use sink::Sink;
pub(crate) use telemetry::keep_place;
#[cfg(feature = "otlp")]
pub(crate) use {
    adapt::Forward,
    chunk::{Chunk, EndedSpan},
    clock::Calendar,
    fork::generation,
    handover::{Counts, Handover, Room},
    limits::Limits,
    open::flags,
    provider::RecorderProvider,
    random::random_id,
    record::read,
    recorder::{Output, Recorder, as_the_sampler_sees_it, install},
    sampling::Sampling,
};

use opentelemetry::Context;
