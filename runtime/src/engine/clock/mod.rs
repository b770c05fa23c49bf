//! The time. A [moment] is taken where a span starts or ends, as a count of [ticks] that never goes backwards. The exporter's
//! thread turns it into a time of day with its [calendar].

mod calendar;
pub(in crate::engine) mod moment;
pub(in crate::engine) mod ticks;

#[cfg(feature = "otlp")]
pub(crate) use calendar::Calendar;
