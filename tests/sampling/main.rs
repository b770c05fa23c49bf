//! Samplers as an application uses them: under the recorder and under OpenTelemetry's SDK, with real requests, and in
//! processes.

mod held;
#[path = "../process/probe.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod probe;
mod provider;
mod requests;
