//! What [`init`](crate::init()) and [`builder`](crate::builder()) set up, and what they report.
//!
//! Set-up is the only part that reads the environment and sets globals. All variables are in
//! [`docs::configuration`](crate::docs::configuration).

// `builder` holds what the code sets; `settings` has a row for each variable; `resource` detects what this process is;
// `certificates` reads the files of TLS. `plan` puts these together. `init` starts the plan, with a `provider`, the
// `traces_exporter`s and `metrics`, and the `guard` ends it. The `doctor` describes the plan instead.

mod builder;
mod certificates;
mod doctor;
mod environment;
mod exit_hook;
mod guard;
mod init;
mod metrics;
mod plan;
mod provider;
mod resource;
mod settings;
mod traces_exporter;

pub use builder::{Builder, builder};
pub use doctor::{Diagnosis, doctor};
pub use guard::Guard;
pub use init::init;
pub use resource::build_info::BuildInfo;
pub use resource::detector::Detector;
pub use settings::otlp_choices::{OtlpCompression, OtlpProtocol};
pub use traces_exporter::TracesExporter;

pub use crate::error::{ExportError, InitError};
pub use crate::export::{Dropped, Report};
