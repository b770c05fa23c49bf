//! [Azure](https://opentelemetry.io/docs/specs/semconv/resource/cloud/): App Service, Functions, Container Apps.

use super::{bytes, cloud};
use crate::setup::resource::found::{Absent, Found};
use crate::setup::resource::host_view::HostView;

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    // The developer tools set the first one, too.
    if here.variable("FUNCTIONS_WORKER_RUNTIME").is_some()
        && here.first_variable(&["WEBSITE_SITE_NAME", "WEBSITE_INSTANCE_ID"]).is_some()
    {
        // The convention's name and id belong to one function. An app has several, so its spans record them.
        return Ok(site(here, cloud("azure", "azure.functions"))
            .text("faas.instance", here.variable("WEBSITE_INSTANCE_ID"))
            .value("faas.max_memory", bytes(here.variable("WEBSITE_MEMORY_LIMIT_MB"))));
    }
    if here.variable("CONTAINER_APP_NAME").is_some() {
        return Ok(cloud("azure", "azure.container_apps"));
    }
    if let Some(name) = here.variable("WEBSITE_SITE_NAME") {
        let found = site(here, cloud("azure", "azure.app_service"));
        let id = subscription(here).zip(group(here)).map(|(subscription, group)| {
            format!(
                "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{name}"
            )
        });
        return Ok(found.text("cloud.resource_id", id));
    }
    Err(Absent::NotHere("no variable of App Service, Functions or Container Apps is set".into()))
}

fn site(here: &HostView<'_>, found: Found) -> Found {
    found
        .text("cloud.region", here.variable("REGION_NAME"))
        .text("cloud.account.id", subscription(here))
        .text("azure.resource_group.name", group(here))
}

fn group(here: &HostView<'_>) -> Option<String> {
    here.variable("WEBSITE_RESOURCE_GROUP")
}

/// `<subscription>+<webspace>`.
fn subscription(here: &HostView<'_>) -> Option<String> {
    let owner = here.variable("WEBSITE_OWNER_NAME")?;
    Some(owner.split('+').next()?.to_owned())
}
