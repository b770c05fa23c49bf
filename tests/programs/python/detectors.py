"""Prints what OpenTelemetry's own detectors for Python find: a line for each attribute, with the key, a tab, and the value as
JSON."""

import json

from opentelemetry.resource.detector.azure import AzureAppServiceResourceDetector, AzureFunctionsResourceDetector
from opentelemetry.resource.detector.containerid import ContainerResourceDetector
from opentelemetry.sdk.extension.aws.resource._lambda import AwsLambdaResourceDetector
from opentelemetry.sdk.resources import OsResourceDetector, ProcessResourceDetector, Resource, _HostResourceDetector

DETECTORS = [
    _HostResourceDetector(),
    OsResourceDetector(),
    ProcessResourceDetector(include_command_args=True),
    ContainerResourceDetector(),
    AwsLambdaResourceDetector(),
    AzureAppServiceResourceDetector(),
    AzureFunctionsResourceDetector(),
]

found = Resource.create()
for detector in DETECTORS:
    found = found.merge(detector.detect())
for key, value in sorted(found.attributes.items()):
    print(key, json.dumps(value, separators=(",", ":")), sep="\t")
