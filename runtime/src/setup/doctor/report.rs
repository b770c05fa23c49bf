//! A diagnosis as text.

use std::fmt;
use std::time::Duration;

use super::Variable;

pub(super) type Headers = Vec<(String, String)>;

/// All that was found.
#[derive(Debug)]
pub(super) struct Diagnosed {
    pub(super) variables: Vec<Variable>,
    pub(super) warnings: Vec<String>,
    pub(super) lane: String,
    /// Key, value, source.
    pub(super) attributes: Vec<(String, String, String)>,
    /// Detectors that gave nothing, and why.
    pub(super) skipped: Vec<(String, String)>,
    pub(super) headers: Headers,
    pub(super) versions: String,
    pub(super) canary: Canary,
}

/// What has become of the span that was sent.
#[derive(Debug)]
pub(super) enum Canary {
    Taken { endpoint: String, took: Duration, trace: String },
    Lost { endpoint: String, reason: String, advice: Option<&'static str> },
    NotTried(String),
}

impl fmt::Display for Diagnosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "spanwise {}", env!("CARGO_PKG_VERSION"))?;
        writeln!(f, "\nConfiguration")?;
        let rows = self.variables.iter().map(|row| [row.name, &row.value, &row.source]);
        table(f, rows.collect())?;
        for warning in &self.warnings {
            writeln!(f, "  ! {warning}")?;
        }
        writeln!(f, "\nRecorded by\n  {}", self.lane)?;
        writeln!(f, "\nResource")?;
        let rows = self.attributes.iter().map(|(key, value, source)| [key.as_str(), value, source]);
        table(f, rows.collect())?;
        for (detector, why) in &self.skipped {
            writeln!(f, "  - detector `{detector}`: {why}")?;
        }
        writeln!(f, "\nHeaders that a peer gets, for example")?;
        for (name, value) in &self.headers {
            writeln!(f, "  {name}: {value}")?;
        }
        if self.headers.is_empty() {
            writeln!(f, "  none: OTEL_PROPAGATORS says so; traces end at this process's border")?;
        }
        writeln!(f, "\nCrates\n  {}", self.versions)?;
        writeln!(f, "\nA span, sent")?;
        match &self.canary {
            Canary::Taken { endpoint, took, trace } => {
                writeln!(f, "  taken by {endpoint} within {took:.1?}: `spanwise doctor`, of trace {trace}")
            }
            Canary::Lost { endpoint, reason, advice } => {
                writeln!(f, "  NOT taken by {endpoint}: {reason}")?;
                advice.map_or(Ok(()), |advice| writeln!(f, "  → {advice}"))
            }
            Canary::NotTried(why) => writeln!(f, "  {why}"),
        }
    }
}

/// The widest column of values that others are aligned by.
const WIDEST: usize = 44;

/// Three columns.
fn table(f: &mut fmt::Formatter<'_>, rows: Vec<[&str; 3]>) -> fmt::Result {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    for [name, value, source] in rows {
        writeln!(f, "  {name:first$}  {value:second$}  {source}")?;
    }
    Ok(())
}
