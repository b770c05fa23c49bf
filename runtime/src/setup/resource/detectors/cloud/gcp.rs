//! [Google Cloud](https://opentelemetry.io/docs/specs/semconv/resource/cloud-provider/gcp/): Cloud Run, Cloud Functions, App Engine.

use super::cloud;
use crate::setup::resource::found::{Absent, Found};
use crate::setup::resource::host_view::HostView;

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    if let Some(service) = here.variable("GAE_SERVICE") {
        return Ok(cloud("gcp", "gcp_app_engine")
            .text("cloud.account.id", here.variable("GOOGLE_CLOUD_PROJECT"))
            .text("faas.name", service)
            .text("faas.version", here.variable("GAE_VERSION"))
            .text("faas.instance", here.variable("GAE_INSTANCE")));
    }
    if let Some(job) = here.variable("CLOUD_RUN_JOB") {
        let task = here.variable("CLOUD_RUN_TASK_INDEX").and_then(|index| index.parse::<u32>().ok());
        return Ok(cloud("gcp", "gcp_cloud_run")
            .text("faas.name", job)
            .text("gcp.cloud_run.job.execution", here.variable("CLOUD_RUN_EXECUTION"))
            .value("gcp.cloud_run.job.task_index", task));
    }
    // Knative sets these in any cluster.
    if let (Some(service), Some(_), false) =
        (here.variable("K_SERVICE"), here.variable("K_CONFIGURATION"), here.in_kubernetes())
    {
        let is_function = here.variable("FUNCTION_TARGET").is_some();
        let platform = if is_function { "gcp_cloud_functions" } else { "gcp_cloud_run" };
        return Ok(cloud("gcp", platform)
            .text("faas.name", service)
            .text("faas.version", here.variable("K_REVISION")));
    }
    Err(Absent::NotHere("no variable of Cloud Run, Cloud Functions or App Engine is set".into()))
}
