//! The build of the application, from [`BuildInfo`](crate::setup::BuildInfo).

use super::super::found::{Absent, Found};
use super::super::host_view::HostView;

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    let Some(build) = here.build_info else {
        return Err(Absent::NotHere("the builder has no build information".into()));
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
