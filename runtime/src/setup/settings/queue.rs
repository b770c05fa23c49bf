//! How many spans wait for export, and how long.

use std::time::Duration;

use super::values::{EXPORT_TIMEOUT, MAX_BATCH_SIZE, MAX_DURATION, MAX_QUEUE_SIZE, PipelineSettings};
use super::variable::{Documentation, Read, Variable};
use crate::setup::builder::Builder;

pub(super) static VARIABLES: &[&Variable] =
    &[&SCHEDULE_DELAY, &QUEUE_SIZE, &BATCH_SIZE, &BATCH_EXPORT_TIMEOUT];

static SCHEDULE_DELAY: Variable = Variable {
    show: Some(|all| {
        let delay = all.settings.queue.batching(&all.settings.exporters()).schedule_delay;
        Some(show_duration(delay))
    }),
    ..Variable::new(
        "OTEL_BSP_SCHEDULE_DELAY",
        Read::Once(|reader, settings| {
            if reader.text().is_some() {
                settings.queue.schedule_delay = Some(reader.delay(Duration::from_secs(5)));
            }
        }),
        Documentation {
            in_code: &["schedule_delay"],
            default: "5000 ms; 100 ms if the console is the only exporter",
            used_by: "the exporter's thread",
            tests: &["recording::delays"],
        },
    )
};

static QUEUE_SIZE: Variable = Variable {
    show: Some(|all| Some(all.settings.queue.max_queue_size.to_string())),
    ..Variable::new(
        "OTEL_BSP_MAX_QUEUE_SIZE",
        Read::Once(|reader, settings| settings.queue.max_queue_size = reader.number(1, MAX_QUEUE_SIZE)),
        Documentation {
            in_code: &["max_queue_size"],
            default: "65536 spans; the specification's 2048 can fill up in less than a millisecond",
            used_by: "the queue between the threads that record and the exporter's thread",
            tests: &["recording::queues"],
        },
    )
};

static BATCH_SIZE: Variable = Variable {
    show: Some(|all| Some(all.settings.queue.batch_size().to_string())),
    ..Variable::new(
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        Read::Once(|reader, settings| {
            if reader.text().is_some() {
                settings.queue.max_batch_size = Some(reader.number(1, MAX_BATCH_SIZE));
            }
        }),
        Documentation {
            in_code: &["max_export_batch_size"],
            default: "2048 spans; the specification has 512, and a request costs the same. A batch is also sealed at 1 MiB",
            used_by: "the exporter's thread",
            tests: &["recording::queues"],
        },
    )
};

static BATCH_EXPORT_TIMEOUT: Variable = Variable {
    show: Some(|all| Some(show_duration(all.settings.queue.export_timeout()))),
    ..Variable::new(
        "OTEL_BSP_EXPORT_TIMEOUT",
        Read::Once(|reader, settings| {
            if reader.text().is_some() {
                settings.queue.export_timeout = Some(reader.timeout(EXPORT_TIMEOUT));
            }
        }),
        Documentation {
            in_code: &["export_timeout"],
            default: "30000 ms; 0 means no timeout",
            used_by: "an exporter that the code provides; OTLP, if it is set to less than the timeout of a request",
            tests: &["recording::export_timeouts"],
        },
    )
};

/// Warns of a batch that is larger than the queue. The two are compared once everything has been read and overridden.
pub(in crate::setup) fn check_batch_size(settings: &mut PipelineSettings) {
    let max_queue_size = settings.queue.max_queue_size;
    if let Some(batch) = settings.queue.max_batch_size.filter(|batch| *batch > max_queue_size) {
        let (name, queue) = (BATCH_SIZE.name, QUEUE_SIZE.name);
        let text = format!("{name}=\"{batch}\" is more than {queue}; using {max_queue_size}");
        settings.warn(name, text);
    }
}

/// A duration as the doctor shows it.
pub(super) fn show_duration(duration: Duration) -> String {
    if duration >= MAX_DURATION { "no timeout".to_owned() } else { format!("{} ms", duration.as_millis()) }
}

/// A timeout that the code sets; zero means no timeout.
pub(super) fn timeout_or_none(timeout: Duration) -> Duration {
    if timeout.is_zero() { MAX_DURATION } else { timeout.clamp(Duration::from_millis(1), MAX_DURATION) }
}

impl Builder {
    /// Sets how many ended spans may wait for export. Overrides `OTEL_BSP_MAX_QUEUE_SIZE`. The default is 65,536, the minimum 1.
    pub fn max_queue_size(self, spans: usize) -> Self {
        self.override_with(&QUEUE_SIZE, move |settings| settings.queue.max_queue_size = spans.max(1))
    }

    /// Sets how many spans a request may carry. Overrides `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`. The default is 2,048, the minimum 1,
    /// the maximum the [size of the queue](Self::max_queue_size).
    pub fn max_export_batch_size(self, spans: usize) -> Self {
        self.override_with(&BATCH_SIZE, move |settings| settings.queue.max_batch_size = Some(spans.max(1)))
    }

    /// Sets how long a span may wait for its batch to fill. Overrides `OTEL_BSP_SCHEDULE_DELAY`. The default is 5 seconds, or
    /// 0.1 seconds if the console is the only exporter.
    pub fn schedule_delay(self, delay: Duration) -> Self {
        self.override_with(&SCHEDULE_DELAY, move |settings| {
            settings.queue.schedule_delay = Some(delay.clamp(Duration::from_millis(1), MAX_DURATION));
        })
    }

    /// Sets how long an export may take; zero means no timeout. Overrides `OTEL_BSP_EXPORT_TIMEOUT`.
    ///
    /// The default for an [exporter](Self::exporter) that the code provides is 30 seconds. A request to a collector has a
    /// [timeout of its own](Self::otlp_timeout), which this one can only shorten.
    pub fn export_timeout(self, timeout: Duration) -> Self {
        self.override_with(&BATCH_EXPORT_TIMEOUT, move |settings| {
            settings.queue.export_timeout = Some(timeout_or_none(timeout));
        })
    }
}
