//! Which detectors there are, and what comes of each.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use opentelemetry::KeyValue;

use super::choice::Choice;
use super::surroundings::Surroundings;
use super::{build, cloud, command, container, host, instance, kubernetes, os, process, sdk};
use crate::value::AttributeValue;

/// A detector: a part of the [resource](crate::resource), which is found out when the process starts.
///
/// All but [`ProcessCommand`](Self::ProcessCommand) run unless they are
/// [left out](crate::Builder::without_detector). None of them asks the network or starts a process. One that finds nothing, or fails,
/// is skipped; `OTEL_LOG_LEVEL=debug` tells what came of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Detector {
    /// `host.*`: the name, the architecture, and outside of containers the machine's id.
    Host,
    /// `os.*`: the type, the name, the version, a description.
    Os,
    /// `process.*`: ids, the executable, Rust and its version, the owner, the moment of the start.
    Process,
    /// `process.command` and `process.command_args`: how the process was called. Not unless it is asked for: credentials in
    /// arguments are replaced as far as they can be told, and that is never all of them.
    ProcessCommand,
    /// `container.*`: the id, as the kernel's files tell it.
    Container,
    /// `k8s.*`: namespace, pod, container and node. Nothing outside of Kubernetes.
    Kubernetes,
    /// `cloud.*`, `faas.*` and `aws.*` on AWS Lambda, ECS and EKS.
    Aws,
    /// `cloud.*`, `faas.*` and `gcp.*` on Google Cloud Run, Cloud Functions and App Engine.
    Gcp,
    /// `cloud.*`, `faas.*` and `azure.*` on Azure App Service, Functions and Container Apps.
    Azure,
    /// `service.instance.id`: a random UUID.
    ServiceInstance,
    /// `service.version` and `vcs.ref.head.revision`, from [`BuildInfo`](crate::BuildInfo) where that is given.
    Build,
}

impl Detector {
    /// Every detector, in the order in which they run: a later one comes before an earlier where both know a key.
    pub(super) const ALL: [Self; 11] = [
        Self::Host,
        Self::Os,
        Self::Process,
        Self::ProcessCommand,
        Self::Container,
        Self::Kubernetes,
        Self::Aws,
        Self::Gcp,
        Self::Azure,
        Self::ServiceInstance,
        Self::Build,
    ];

    /// Whether it runs without being asked for.
    pub(super) fn is_default(self) -> bool {
        self != Self::ProcessCommand
    }

    /// A name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Os => "os",
            Self::Process => "process",
            Self::ProcessCommand => "process command",
            Self::Container => "container",
            Self::Kubernetes => "kubernetes",
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
            Self::ServiceInstance => "service instance",
            Self::Build => "build",
        }
    }

    pub(super) fn run(self, here: &Surroundings<'_>) -> Result<Found, Absent> {
        match self {
            Self::Host => host::detect(here),
            Self::Os => os::detect(here),
            Self::Process => process::detect(here),
            Self::ProcessCommand => command::detect(here),
            Self::Container => container::detect(here),
            Self::Kubernetes => kubernetes::detect(here),
            Self::Aws => cloud::aws(here),
            Self::Gcp => cloud::gcp(here),
            Self::Azure => cloud::azure(here),
            Self::ServiceInstance => Ok(instance::detect()),
            Self::Build => build::detect(here),
        }
    }
}

/// What a detector has found.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct Found(pub(super) Vec<KeyValue>);

/// The longest text that a detector may say.
const LONGEST_TEXT: usize = 1024;

impl Found {
    /// Adds a text, unless it is empty.
    pub(super) fn text(mut self, key: &'static str, value: impl Into<Option<String>>) -> Self {
        if let Some(value) = value.into() {
            let value: String = value.trim().chars().take(LONGEST_TEXT).collect();
            if !value.is_empty() {
                self.0.push(KeyValue::new(key, value));
            }
        }
        self
    }

    /// Adds what is always the same.
    pub(super) fn constant(mut self, key: &'static str, value: &'static str) -> Self {
        self.0.push(KeyValue::new(key, value));
        self
    }

    /// Adds a number or a list.
    pub(super) fn value(mut self, key: &'static str, value: impl AttributeValue) -> Self {
        if let Some(value) = value.to_value() {
            self.0.push(KeyValue::new(key, value));
        }
        self
    }
}

/// Why there is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Absent {
    /// There is nothing of the kind here; what was looked for.
    NotHere(Cow<'static, str>),
    /// It could not be found out, and why.
    Failed(String),
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHere(why) => write!(f, "not here: {why}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
        }
    }
}

/// What came of one detector.
#[derive(Clone, Debug)]
pub(in crate::setup) struct Outcome {
    /// Its name: a word or two for people, and for the application's own the name of its type.
    pub(in crate::setup) detector: Cow<'static, str>,
    /// The attributes, or why there are none.
    pub(in crate::setup) result: Result<Vec<KeyValue>, Absent>,
}

impl fmt::Display for Outcome {
    /// Keys and no values: these are for the collector.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.detector)?;
        match &self.result {
            Err(absent) => write!(f, "{absent}"),
            Ok(attributes) => {
                let keys: Vec<&str> = attributes.iter().map(|attribute| attribute.key.as_str()).collect();
                f.write_str(&keys.join(", "))
            }
        }
    }
}

/// What came of all of them, in the order in which they ran.
#[derive(Clone, Debug)]
pub(in crate::setup) struct Detection {
    pub(in crate::setup) outcomes: Vec<Outcome>,
}

impl Detection {
    /// All attributes; of those with the same key the last counts.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &KeyValue> {
        self.outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok()).flatten()
    }
}

/// Runs the detectors that are wanted.
pub(in crate::setup) fn detect(choice: &Choice, here: &Surroundings<'_>) -> Detection {
    let always = Outcome { detector: "always".into(), result: Ok(sdk::detect(here).0) };
    let built_in = choice.built_in().map(|detector| Outcome {
        detector: detector.name().into(),
        result: detector.run(here).map(|found| found.0),
    });
    let own = choice.own.iter().map(|(name, detector)| {
        // Whatever state it is left in, it is not asked a second time by us.
        let result = match catch_unwind(AssertUnwindSafe(|| detector.detect())) {
            Ok(resource) if resource.is_empty() => Err(Absent::NotHere("it found nothing".into())),
            Ok(resource) => {
                Ok(resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect())
            }
            Err(_) => Err(Absent::Failed("it panicked".to_owned())),
        };
        Outcome { detector: Cow::Borrowed(*name), result }
    });
    Detection { outcomes: std::iter::once(always).chain(built_in).chain(own).collect() }
}
