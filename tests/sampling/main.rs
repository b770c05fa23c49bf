//! Samplers as an application uses them: under the recorder and under OpenTelemetry's SDK, through real requests, and in
//! processes of their own.

mod held;
#[path = "../process/probe.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod probe;
mod provider;
mod requests;
