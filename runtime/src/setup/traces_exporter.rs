//! The exporters of traces: one row each.
//!
//! To add one: a variant of [`TracesExporter`], its [`ExporterRow`], and its lines in [`TracesExporter::row`] and [`NAMED`].

use std::path::{Path, PathBuf};

use crate::export::destination::collector::CollectorSettings;
use crate::export::destination::console::ConsoleSettings;
use crate::export::destination::destination::DestinationSettings;
use crate::export::destination::json_lines::JsonLinesSettings;

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

/// What there is to know about an exporter.
struct ExporterRow {
    /// Its names in `OTEL_TRACES_EXPORTER`, in lower case, the preferred one first.
    names: &'static [&'static str],
    /// The destination that it starts. The function passed makes the settings of a collector.
    destination: fn(&TracesExporter, &dyn Fn() -> CollectorSettings) -> Box<dyn DestinationSettings>,
}

const OTLP: ExporterRow = ExporterRow { names: &["otlp"], destination: |_, collector| Box::new(collector()) };

const CONSOLE: ExporterRow =
    ExporterRow { names: &["console", "logging"], destination: |_, _| Box::new(ConsoleSettings::new()) };

const OTLP_STDOUT: ExporterRow =
    ExporterRow { names: &["otlp/stdout"], destination: |_, _| Box::new(JsonLinesSettings::to_stdout()) };

const OTLP_FILE: ExporterRow = ExporterRow {
    names: &[],
    destination: |exporter, _| Box::new(JsonLinesSettings::to_file(exporter.path().unwrap_or(Path::new("")))),
};

/// The exporters that `OTEL_TRACES_EXPORTER` can name.
const NAMED: [TracesExporter; 3] =
    [TracesExporter::Otlp, TracesExporter::Console, TracesExporter::OtlpStdout];

impl TracesExporter {
    const fn row(&self) -> &'static ExporterRow {
        match self {
            Self::Otlp => &OTLP,
            Self::Console => &CONSOLE,
            Self::OtlpStdout => &OTLP_STDOUT,
            Self::OtlpFile(_) => &OTLP_FILE,
        }
    }

    fn path(&self) -> Option<&Path> {
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

    /// The destination that it starts. `collector` makes the settings of a collector.
    pub(super) fn destination(
        &self,
        collector: &dyn Fn() -> CollectorSettings,
    ) -> Box<dyn DestinationSettings> {
        (self.row().destination)(self, collector)
    }
}

/// The preferred name of each exporter that has one.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().filter_map(|exporter| exporter.row().names.first().copied())
}
