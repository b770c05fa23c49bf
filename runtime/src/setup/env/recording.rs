//! What is recorded, and how much of it waits.

use std::time::Duration;

use opentelemetry_sdk::trace::Sampler;

use super::{Reader, TracesExporter, is_whole};
use crate::engine::queue::span_queue::QueueLimits;
use crate::engine::span::limits::Limits;
use crate::export::Batching;
use crate::sampling::config::SamplerConfig;

/// Spans that may wait for the exporter unless something else is said. The specification's 2048 are gone
/// in less than a millisecond where many end at once.
const WAITING: usize = 65_536;
/// Spans in a batch unless something else is said: four times the specification's 512, since a request costs the
/// same however many are in it. A batch of large spans is sealed before.
const BATCH: usize = 2_048;
/// How long an export may take unless something else is said.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(30);
/// Spans that a thread keeps at the most before it hands them over.
const LARGEST_CHUNK: usize = 512;

/// The queue, before it is known what is exported to.
#[derive(Clone, Copy, Debug)]
pub(in crate::setup) struct QueueSetting {
    pub(in crate::setup) waiting: usize,
    /// Unless it is said, as many as may be, of those that may wait.
    pub(in crate::setup) batch: Option<usize>,
    pub(in crate::setup) delay: Option<Duration>,
    /// How long an export may take.
    pub(in crate::setup) export_timeout: Option<Duration>,
}

impl QueueSetting {
    /// How many spans are in a batch.
    pub(in crate::setup) fn most(self) -> usize {
        self.batch.unwrap_or(BATCH).clamp(1, self.waiting.max(1))
    }

    /// What is wrong with what is said of a batch: it is more than may wait.
    pub(super) fn complaint(self) -> Option<String> {
        let batch = self.batch.filter(|batch| *batch > self.waiting)?;
        Some(format!(
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=\"{batch}\" is more than OTEL_BSP_MAX_QUEUE_SIZE; {} is used instead",
            self.waiting
        ))
    }

    /// How long an export may take that has no deadline of its own.
    pub(in crate::setup) fn export_within(self) -> Duration {
        self.export_timeout.unwrap_or(EXPORT_TIMEOUT)
    }

    pub(in crate::setup) fn room(self) -> QueueLimits {
        let batch = self.most();
        QueueLimits {
            waiting: self.waiting,
            chunk: batch.min(LARGEST_CHUNK),
            wake: batch.min(self.waiting / 2),
        }
    }

    pub(in crate::setup) fn batching(self, exporters: &[TracesExporter]) -> Batching {
        // In a terminal a person waits for the trace.
        let unset = if *exporters == [TracesExporter::Console] { 100 } else { 5_000 };
        Batching {
            max_batch_size: self.most(),
            schedule_delay: self.delay.unwrap_or(Duration::from_millis(unset)),
        }
    }
}

impl Reader<'_> {
    /// A sampler of the specification's, and what it is called.
    pub(super) fn sampling(&mut self) -> (SamplerConfig, String) {
        const NAME: &str = "OTEL_TRACES_SAMPLER";
        const DEFAULT: &str = "parentbased_always_on";
        let value = self.text(NAME).unwrap_or_else(|| DEFAULT.to_owned());
        let name = value.to_ascii_lowercase();
        let (is_parent_based, root) = match name.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, name.as_str()),
        };
        let sampler = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(self.ratio()),
            other => {
                let why = match other {
                    "jaeger_remote" | "xray" => {
                        "asks a server which traces to record, which is not spoken; \
                         OTEL_TRACES_SAMPLER=parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG=0.1 records a tenth, \
                         and a collector can decide the rest"
                    }
                    _ => {
                        "is none of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, \
                         parentbased_traceidratio"
                    }
                };
                self.warn(NAME, &value, why, DEFAULT);
                return (SamplerConfig::parent_based(Sampler::AlwaysOn), DEFAULT.to_owned());
            }
        };
        let called = match &sampler {
            Sampler::TraceIdRatioBased(ratio) => format!("{name}, {ratio}"),
            _ => name.clone(),
        };
        let sampling =
            if is_parent_based { SamplerConfig::parent_based(sampler) } else { SamplerConfig::new(sampler) };
        (sampling, called)
    }

    fn ratio(&mut self) -> f64 {
        const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
        let Some(value) = self.text(NAME) else { return 1.0 };
        match value.parse::<f64>() {
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => ratio,
            _ => {
                self.warn(NAME, &value, "is no number from 0 to 1", "1.0");
                1.0
            }
        }
    }

    pub(super) fn queue(&mut self) -> QueueSetting {
        const DELAY: &str = "OTEL_BSP_SCHEDULE_DELAY";
        const BATCH_SIZE: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
        const EXPORT: &str = "OTEL_BSP_EXPORT_TIMEOUT";
        QueueSetting {
            waiting: self.number("OTEL_BSP_MAX_QUEUE_SIZE", 1, WAITING),
            batch: self.text(BATCH_SIZE).map(|_| self.number(BATCH_SIZE, 1, BATCH)),
            delay: self.text(DELAY).map(|_| self.duration(DELAY, Duration::from_secs(5))),
            export_timeout: self.text(EXPORT).map(|_| self.timeout_of(EXPORT, EXPORT_TIMEOUT)),
        }
    }

    pub(super) fn limits(&mut self) -> Limits {
        let default = Limits::default();
        let attributes = self.number("OTEL_ATTRIBUTE_COUNT_LIMIT", 0, default.attributes);
        let length = self.length("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", default.value_length);
        Limits {
            attributes: self.number("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", 0, attributes),
            events: self.number("OTEL_SPAN_EVENT_COUNT_LIMIT", 0, default.events),
            links: self.number("OTEL_SPAN_LINK_COUNT_LIMIT", 0, default.links),
            attributes_of_event: self.number("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", 0, attributes),
            attributes_of_link: self.number("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", 0, attributes),
            value_length: self.length("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", length),
        }
    }

    fn length(&mut self, name: &str, default: usize) -> usize {
        match self.text(name) {
            Some(value) if default == usize::MAX && !is_whole(&value) => {
                self.warn(name, &value, "is no whole number from 0 up", "no limit");
                default
            }
            _ => self.number(name, 0, default),
        }
    }
}
