//! Every `OTEL_*` variable that Spanwise reads, by the
//! [specification's rules](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/):
//! an empty variable is unset, a variable for one signal overrides the general one, and a malformed value produces a warning
//! and falls back to the default. Reading cannot fail.
//!
//! A variable is one [`Variable`](variable::Variable): its name, how it is read, how the doctor shows it, and its row in
//! `docs/configuration.md`. It lives in the file of its topic, beside the [`Builder`](crate::Builder) method that overrides it;
//! [`topics`] lists the topics. Its value goes into [`values`].

mod endpoint;
pub(super) mod exporters;
pub(super) mod general;
mod limits;
pub(super) mod metrics;
pub(super) mod otlp;
pub(super) mod otlp_choices;
mod propagators;
pub(super) mod queue;
mod reader;
mod sampler;
pub(super) mod topics;
pub(super) mod values;
pub(super) mod variable;

#[cfg(test)]
mod tests;
