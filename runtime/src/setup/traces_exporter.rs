//! The exporters of traces: one row each.
//!
//! To add one: a variant of [`TracesExporter`], its [`ExporterRow`], and its lines in [`TracesExporter::row`] and [`NAMED`].

use std::path::PathBuf;

use opentelemetry::KeyValue;

use crate::diag::shown_up_to;
use crate::export::local::{Console, Lines, Local, can_be_written};
use crate::export::{CollectorSettings, Destination};
use crate::value;

/// Where spans go: the exporters of `OTEL_TRACES_EXPORTER`, for [`Builder::exporters`](crate::Builder::exporters).
///
/// [Exporter selection](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#exporter-selection)
/// in the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TracesExporter {
    /// Sends spans to a collector by OTLP. By name `otlp`.
    Otlp,
    /// Prints waterfalls on standard error. By name `console`.
    Console,
    /// Prints OTLP's JSON on standard output, a request on each line. By name `otlp/stdout`.
    OtlpStdout,
    /// Appends OTLP's JSON to a file, a request on each line.
    ///
    /// A missing file is created with mode 0600. It is not rotated. After another process has truncated the file, writing
    /// continues at its start.
    OtlpFile(PathBuf),
}

/// What [`ExporterRow::start`] makes a destination of.
pub(super) struct DestinationParts<'a> {
    pub(super) collector: Option<CollectorSettings>,
    pub(super) resource: &'a [KeyValue],
    pub(super) batch_size: usize,
}

/// What there is to know about an exporter.
struct ExporterRow {
    /// Its names in `OTEL_TRACES_EXPORTER`, in lower case, the preferred one first.
    names: &'static [&'static str],
    /// Whether it can lose spans on their way.
    is_remote: bool,
    /// Where it writes spans to, for the doctor.
    place: fn(&TracesExporter) -> String,
    /// Why it cannot write there now, for the doctor.
    check: fn(&TracesExporter) -> Result<(), String>,
    start: fn(&TracesExporter, &mut DestinationParts<'_>) -> Option<Destination>,
}

const OTLP: ExporterRow = ExporterRow {
    names: &["otlp"],
    is_remote: true,
    place: |_| "the collector".to_owned(),
    check: |_| Ok(()),
    start: |_, parts| parts.collector.take().map(Destination::Collector),
};

const CONSOLE: ExporterRow = ExporterRow {
    names: &["console", "logging"],
    is_remote: false,
    place: |_| "standard error".to_owned(),
    check: |_| Ok(()),
    start: |_, parts| {
        let service_name = value::find(parts.resource, "service.name").map(ToString::to_string);
        Some(Destination::Local(Local::Console(Console::new(service_name))))
    },
};

const OTLP_STDOUT: ExporterRow = ExporterRow {
    names: &["otlp/stdout"],
    is_remote: false,
    place: |_| "standard output".to_owned(),
    check: |_| Ok(()),
    start: |_, parts| {
        Some(Destination::Local(Local::Lines(Lines::to_output(parts.resource, parts.batch_size))))
    },
};

const OTLP_FILE: ExporterRow = ExporterRow {
    names: &[],
    is_remote: false,
    place: |exporter| shown_up_to(&exporter.label(), MAX_PATH_LENGTH),
    check: |exporter| exporter.path().map_or(Ok(()), |path| can_be_written(path)),
    start: |exporter, parts| {
        let lines = Lines::to_file(exporter.path()?, parts.resource, parts.batch_size);
        Some(Destination::Local(Local::Lines(lines)))
    },
};

/// The exporters that `OTEL_TRACES_EXPORTER` can name.
const NAMED: [TracesExporter; 3] =
    [TracesExporter::Otlp, TracesExporter::Console, TracesExporter::OtlpStdout];

/// How many characters of a path are shown.
const MAX_PATH_LENGTH: usize = 1024;

impl TracesExporter {
    const fn row(&self) -> &'static ExporterRow {
        match self {
            Self::Otlp => &OTLP,
            Self::Console => &CONSOLE,
            Self::OtlpStdout => &OTLP_STDOUT,
            Self::OtlpFile(_) => &OTLP_FILE,
        }
    }

    const fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::OtlpFile(path) => Some(path),
            _ => None,
        }
    }

    /// The exporter of this name, in lower case.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        NAMED.into_iter().find(|exporter| exporter.row().names.contains(&name))
    }

    /// Its name, or the path of its file.
    pub(super) fn label(&self) -> String {
        let path = self.path().map(|path| path.display().to_string());
        path.unwrap_or_else(|| self.row().names.first().copied().unwrap_or_default().to_owned())
    }

    pub(super) fn is_remote(&self) -> bool {
        self.row().is_remote
    }

    pub(super) fn place(&self) -> String {
        (self.row().place)(self)
    }

    pub(super) fn check(&self) -> Result<(), String> {
        (self.row().check)(self)
    }

    /// `None` if it is a collector that has been started already.
    pub(super) fn start(&self, parts: &mut DestinationParts<'_>) -> Option<Destination> {
        (self.row().start)(self, parts)
    }
}

/// The preferred name of each exporter that has one.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().filter_map(|exporter| exporter.row().names.first().copied())
}
