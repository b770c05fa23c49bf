//! The report as text.

use std::fmt;

use super::lines::ConfigurationLine;
use super::test_span::TestSpan;

/// Everything that the doctor has found.
#[derive(Debug)]
pub(super) struct DoctorReport {
    pub(super) configuration: Vec<ConfigurationLine>,
    pub(super) warnings: Vec<String>,
    pub(super) recorder: String,
    pub(super) resource: Vec<ResourceLine>,
    /// The detectors that have found nothing, and why.
    pub(super) skipped: Vec<(String, String)>,
    /// Names and values.
    pub(super) headers: Vec<(String, String)>,
    pub(super) versions: String,
    pub(super) test_span: TestSpan,
}

/// An attribute of the resource.
#[derive(Debug)]
pub(super) struct ResourceLine {
    pub(super) key: String,
    pub(super) value: String,
    pub(super) source: String,
}

impl fmt::Display for DoctorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "spanwise {}", env!("CARGO_PKG_VERSION"))?;
        writeln!(f, "\nConfiguration")?;
        let lines = self.configuration.iter().map(|line| [line.name.as_str(), &line.value, &line.source]);
        table(f, lines.collect())?;
        for warning in &self.warnings {
            writeln!(f, "  ! {warning}")?;
        }
        writeln!(f, "\nRecorded by\n  {}", self.recorder)?;
        writeln!(f, "\nResource")?;
        let lines = self.resource.iter().map(|line| [line.key.as_str(), &line.value, &line.source]);
        table(f, lines.collect())?;
        for (detector, why) in &self.skipped {
            writeln!(f, "  - detector `{detector}`: {why}")?;
        }
        writeln!(f, "\nHeaders sent to other services, for example")?;
        for (name, value) in &self.headers {
            writeln!(f, "  {name}: {value}")?;
        }
        if self.headers.is_empty() {
            writeln!(f, "  none: propagation is disabled, and traces end at this process")?;
        }
        writeln!(f, "\nCrates\n  {}", self.versions)?;
        writeln!(f, "\nTest span")?;
        match &self.test_span {
            TestSpan::Accepted { endpoint, took, trace_id } => {
                writeln!(f, "  accepted by {endpoint} within {took:.1?}: `spanwise doctor`, trace {trace_id}")
            }
            TestSpan::Lost { endpoint, reason, advice } => {
                writeln!(f, "  NOT accepted by {endpoint}: {reason}")?;
                advice.map_or(Ok(()), |advice| writeln!(f, "  → {advice}"))
            }
            TestSpan::NotSent { reason } => writeln!(f, "  {reason}"),
        }
    }
}

/// A wider value does not widen its column.
const MAX_COLUMN_WIDTH: usize = 44;

/// Writes aligned columns.
fn table(f: &mut fmt::Formatter<'_>, rows: Vec<[&str; 3]>) -> fmt::Result {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.filter(|width| *width <= MAX_COLUMN_WIDTH).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    for [name, value, source] in rows {
        writeln!(f, "  {name:first$}  {value:second$}  {source}")?;
    }
    Ok(())
}
