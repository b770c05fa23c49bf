//! Which build of the application this is, as far as its compilation was told.

use super::detector::{Absent, Found};
use super::surroundings::Surroundings;

/// A build of an application: its version, and the revision of its source.
///
/// Made by [`build_info!`](crate::build_info), or from what the application knows by itself, and given to
/// [`Builder::build_info`](crate::Builder::build_info). Implements
/// [`service.version`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/service/) and
/// [`vcs.ref.head.revision`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/vcs/).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildInfo {
    version: Option<&'static str>,
    revision: Option<&'static str>,
}

impl BuildInfo {
    /// A build of which nothing is known.
    ///
    /// ```
    /// use spanwise::BuildInfo;
    ///
    /// const BUILD: BuildInfo = BuildInfo::new().version("4.2.0").revision("9d59409acf479dfa0df1aa568182e43e43df8bbe");
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { version: None, revision: None }
    }

    /// The application's version: `service.version`. An empty one is none.
    #[must_use]
    pub const fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// The source's revision in its version control: `vcs.ref.head.revision`. An empty one is none.
    #[must_use]
    pub const fn revision(mut self, revision: &'static str) -> Self {
        self.revision = Some(revision);
        self
    }

    /// What [`build_info!`](crate::build_info) makes: of the variables that may hold a commit, the first that does.
    #[doc(hidden)]
    #[must_use]
    pub fn __of(version: Option<&'static str>, revisions: &[Option<&'static str>]) -> Self {
        let revision = revisions.iter().flatten().map(|text| text.trim()).find(|text| is_commit(text));
        Self { version, revision }
    }
}

/// The hexadecimal name of a commit, perhaps a short one, perhaps marked `-dirty`. Build tools leave other words in these variables,
/// such as `unknown`, where there is no repository.
fn is_commit(text: &str) -> bool {
    let name = text.strip_suffix("-dirty").unwrap_or(text);
    (7..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The version of the crate that this is written in, and the commit it is built from where the build says so.
///
/// The version is Cargo's `CARGO_PKG_VERSION`. The commit is looked for, *while the crate is compiled*, in the variables
/// `VERGEN_GIT_SHA` (the crate `vergen`), `GIT_SHA`, `GIT_COMMIT` (Jenkins), `GIT_REVISION`, `GITHUB_SHA`, `CI_COMMIT_SHA` (GitLab),
/// `BUILDKITE_COMMIT`, `CIRCLE_SHA1`, `BITBUCKET_COMMIT`, `DRONE_COMMIT_SHA`, `BUILD_SOURCEVERSION` (Azure Pipelines) and `SOURCE_COMMIT` (Docker
/// Hub); the first that holds a commit's hexadecimal name counts. Cargo builds the crate again when one of them changes. Nothing is run, neither at
/// compile time nor later. Outside of such a build, [`BuildInfo::revision`](crate::BuildInfo::revision) takes what the application knows.
///
/// ```
/// # fn main() -> Result<(), spanwise::InitError> {
/// let guard = spanwise::builder().build_info(spanwise::build_info!()).init()?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! build_info {
    () => {
        $crate::BuildInfo::__of(
            ::core::option_env!("CARGO_PKG_VERSION"),
            &[
                ::core::option_env!("VERGEN_GIT_SHA"),
                ::core::option_env!("GIT_SHA"),
                ::core::option_env!("GIT_COMMIT"),
                ::core::option_env!("GIT_REVISION"),
                ::core::option_env!("GITHUB_SHA"),
                ::core::option_env!("CI_COMMIT_SHA"),
                ::core::option_env!("BUILDKITE_COMMIT"),
                ::core::option_env!("CIRCLE_SHA1"),
                ::core::option_env!("BITBUCKET_COMMIT"),
                ::core::option_env!("DRONE_COMMIT_SHA"),
                ::core::option_env!("BUILD_SOURCEVERSION"),
                ::core::option_env!("SOURCE_COMMIT"),
            ],
        )
    };
}

pub(super) fn detect(here: &Surroundings<'_>) -> Result<Found, Absent> {
    let Some(build) = here.build else {
        return Err(Absent::NotHere("no build information was given to the builder".into()));
    };
    let owned = |text: Option<&str>| text.map(ToOwned::to_owned);
    let found = Found::default()
        .text("service.version", owned(build.version))
        .text("vcs.ref.head.revision", owned(build.revision));
    if found.0.is_empty() {
        return Err(Absent::NotHere("the build information is empty".into()));
    }
    Ok(found)
}
