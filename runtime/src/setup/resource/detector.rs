//! The list of detectors.

use super::detectors::{aws, azure, build, command, container, gcp, host, kubernetes, os, process, service};
use super::found::{Absent, Found};
use super::host_view::HostView;

/// Defines [`Detector`]: for each variant its documentation, its name in logs, and the function that runs it. They run in the
/// order of the list; of two that find the same key, the later one counts.
macro_rules! detectors {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $run:expr;)*) => {
        /// A detector: it finds a part of the [resource](crate::docs::resource) when the process starts.
        ///
        /// All but [`ProcessCommand`](Self::ProcessCommand) run by default;
        /// [`Builder::without_detector`](crate::Builder::without_detector) disables one. None of them uses the network or starts a
        /// process. One that finds nothing, or fails, is skipped; `OTEL_LOG_LEVEL=debug` logs what each has found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Detector {
            $($(#[$doc])* $variant,)*
        }

        impl Detector {
            /// Every detector, in the order in which they run.
            pub(super) fn all() -> impl Iterator<Item = Self> {
                [$(Self::$variant),*].into_iter()
            }

            /// Its name in logs.
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            pub(super) fn run(self, here: &HostView<'_>) -> Result<Found, Absent> {
                match self { $(Self::$variant => $run(here),)* }
            }
        }
    };
}

detectors! {
    /// `host.*`: the name, the architecture, and outside of containers the machine's id.
    Host = "host", host::detect;
    /// `os.*`: the type, the name, the version, a description.
    Os = "os", os::detect;
    /// `process.*`: ids, the executable, Rust and its version, the owner, the time of the start.
    Process = "process", process::detect;
    /// `process.command` and `process.command_args`: the command line. Disabled by default: credentials in arguments are
    /// replaced where they can be recognized, and not all can.
    ProcessCommand = "process command", command::detect;
    /// `container.*`: the id, from the kernel's files.
    Container = "container", container::detect;
    /// `k8s.*`: namespace, pod, container and node. Nothing outside of Kubernetes.
    Kubernetes = "kubernetes", kubernetes::detect;
    /// `cloud.*`, `faas.*` and `aws.*` on AWS Lambda, ECS and EKS.
    Aws = "aws", aws::detect;
    /// `cloud.*`, `faas.*` and `gcp.*` on Google Cloud Run, Cloud Functions and App Engine.
    Gcp = "gcp", gcp::detect;
    /// `cloud.*`, `faas.*` and `azure.*` on Azure App Service, Functions and Container Apps.
    Azure = "azure", azure::detect;
    /// `service.instance.id`: a random UUID.
    ServiceInstance = "service instance", service::detect_instance;
    /// `service.version` and `vcs.ref.head.revision`, from [`BuildInfo`](crate::setup::BuildInfo) if the code provides it.
    Build = "build", build::detect;
}

impl Detector {
    /// Whether it runs by default.
    pub(super) fn is_default(self) -> bool {
        self != Self::ProcessCommand
    }
}
