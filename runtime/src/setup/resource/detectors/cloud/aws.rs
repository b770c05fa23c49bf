//! [AWS](https://opentelemetry.io/docs/specs/semconv/resource/cloud-provider/aws/): Lambda, ECS, EKS.

use super::{bytes, cloud};
use crate::setup::resource::found::{Absent, Found};
use crate::setup::resource::host_view::HostView;

/// The folder of EKS's pod identity token. The token of the older mechanism also exists in other clusters.
const EKS_TOKEN: &str = "/var/run/secrets/pods.eks.amazonaws.com/";

pub(in crate::setup::resource) fn detect(here: &HostView<'_>) -> Result<Found, Absent> {
    if let Some(function) = here.variable("AWS_LAMBDA_FUNCTION_NAME") {
        return Ok(lambda(here, function));
    }
    if here.first_variable(&["ECS_CONTAINER_METADATA_URI_V4", "ECS_CONTAINER_METADATA_URI"]).is_some() {
        let launch_type = match here.variable("AWS_EXECUTION_ENV").as_deref() {
            Some("AWS_ECS_FARGATE") => Some("fargate"),
            Some("AWS_ECS_EC2") => Some("ec2"),
            _ => None,
        };
        return Ok(cloud("aws", "aws_ecs")
            .text("cloud.region", region(here))
            .text("aws.ecs.launchtype", launch_type.map(ToOwned::to_owned)));
    }
    let token = here.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if here.in_kubernetes() && token.is_some_and(|path| path.starts_with(EKS_TOKEN)) {
        return Ok(cloud("aws", "aws_eks").text("cloud.region", region(here)));
    }
    Err(Absent::NotHere("no variable of Lambda, ECS or EKS is set".into()))
}

fn region(here: &HostView<'_>) -> Option<String> {
    here.variable("AWS_REGION")
}

/// From the [variables of Lambda](https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime).
fn lambda(here: &HostView<'_>, function: String) -> Found {
    let list = |name: &str| here.variable(name).map(|one| vec![one]);
    cloud("aws", "aws_lambda")
        .text("cloud.region", region(here))
        .text("faas.name", function)
        .text("faas.version", here.variable("AWS_LAMBDA_FUNCTION_VERSION"))
        .text("faas.instance", here.variable("AWS_LAMBDA_LOG_STREAM_NAME"))
        .value("faas.max_memory", bytes(here.variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")))
        .value("aws.log.group.names", list("AWS_LAMBDA_LOG_GROUP_NAME"))
        .value("aws.log.stream.names", list("AWS_LAMBDA_LOG_STREAM_NAME"))
}
