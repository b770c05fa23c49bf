//! The build of the application: its version and the revision of its source.

/// A build of an application: its version and the revision of its source.
///
/// [`build_info!`](crate::build_info) creates one, or the application does, for
/// [`Builder::build_info`](crate::Builder::build_info). It sets
/// [`service.version`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/service/) and
/// [`vcs.ref.head.revision`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/vcs/).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildInfo {
    pub(super) version: Option<&'static str>,
    pub(super) revision: Option<&'static str>,
}

impl BuildInfo {
    /// A build with neither a version nor a revision.
    ///
    /// ```
    /// use spanwise::setup::BuildInfo;
    ///
    /// const BUILD: BuildInfo = BuildInfo::new().version("4.2.0").revision("9d59409acf479dfa0df1aa568182e43e43df8bbe");
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { version: None, revision: None }
    }

    /// Sets the application's version, `service.version`. An empty one is ignored.
    #[must_use]
    pub const fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// Sets the source's revision in version control, `vcs.ref.head.revision`. An empty one is ignored.
    #[must_use]
    pub const fn revision(mut self, revision: &'static str) -> Self {
        self.revision = Some(revision);
        self
    }

    /// For [`build_info!`](crate::build_info): takes the first of `revisions` that is a commit.
    #[doc(hidden)]
    #[must_use]
    pub fn __of(version: Option<&'static str>, revisions: &[Option<&'static str>]) -> Self {
        let revision = revisions.iter().flatten().map(|text| text.trim()).find(|text| is_commit(text));
        Self { version, revision }
    }
}

/// Whether this is the hexadecimal hash of a commit, possibly abbreviated or marked `-dirty`. Outside of a repository, build tools
/// set other words, such as `unknown`.
fn is_commit(text: &str) -> bool {
    let name = text.strip_suffix("-dirty").unwrap_or(text);
    (7..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the [`BuildInfo`](crate::setup::BuildInfo) of the crate that calls it: its version, and its commit if the build provides it.
///
/// The version is Cargo's `CARGO_PKG_VERSION`. The commit is the first commit hash in the following variables *at compile time*:
/// `VERGEN_GIT_SHA` (the crate `vergen`), `GIT_SHA`, `GIT_COMMIT` (Jenkins), `GIT_REVISION`, `GITHUB_SHA`, `CI_COMMIT_SHA` (GitLab),
/// `BUILDKITE_COMMIT`, `CIRCLE_SHA1`, `BITBUCKET_COMMIT`, `DRONE_COMMIT_SHA`, `BUILD_SOURCEVERSION` (Azure Pipelines) and
/// `SOURCE_COMMIT` (Docker Hub). Cargo rebuilds the crate when one of them changes. No program runs, neither at compile time nor
/// later. In other builds, set the commit with [`BuildInfo::revision`](crate::setup::BuildInfo::revision).
///
/// ```
/// # fn main() -> Result<(), spanwise::setup::InitError> {
/// let guard = spanwise::builder().build_info(spanwise::build_info!()).init()?;
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! build_info {
    () => {
        $crate::setup::BuildInfo::__of(
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
