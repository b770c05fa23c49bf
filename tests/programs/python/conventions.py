"""Prints the names of all attributes in OpenTelemetry's conventions for Python, and `key=value` for those of clouds."""

import importlib
import pkgutil

import opentelemetry.semconv._incubating.attributes as attributes

for module in pkgutil.iter_modules(attributes.__path__):
    members = vars(importlib.import_module(f"{attributes.__name__}.{module.name}"))
    for name, value in members.items():
        if name.isupper() and isinstance(value, str):
            print(value)

from opentelemetry.semconv._incubating.attributes.cloud_attributes import CloudPlatformValues, CloudProviderValues

for platform in CloudPlatformValues:
    print(f"cloud.platform={platform.value}")
for provider in CloudProviderValues:
    print(f"cloud.provider={provider.value}")
