//! The names of the spool's files and directories. Files with other names are ignored.

use crate::spool::number::BatchNumber;

/// The file in a process's directory that is locked while the process lives.
pub(crate) const LOCK: &str = "lock";

/// The directory for damaged and refused batches.
pub(crate) const QUARANTINE: &str = "quarantine";

/// Whether a segment is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SegmentStage {
    /// Still being written, or torn by the end of its process.
    Part,
    /// Complete: it got this name only after its last byte was written.
    Batch,
}

impl SegmentStage {
    fn extension(self) -> &'static str {
        match self {
            Self::Part => "part",
            Self::Batch => "batch",
        }
    }
}

/// The name of a segment: `01763680000000000123.batch`.
pub(crate) fn segment(number: BatchNumber, stage: SegmentStage) -> String {
    format!("{number}.{}", stage.extension())
}

/// Reads what [`segment`] writes.
pub(crate) fn parse_segment(name: &str) -> Option<(BatchNumber, SegmentStage)> {
    let (number, extension) = name.split_once('.')?;
    let stage =
        [SegmentStage::Part, SegmentStage::Batch].into_iter().find(|stage| stage.extension() == extension)?;
    Some((BatchNumber::parse(number)?, stage))
}

/// The name of a process's directory: `process-01763680000000000000-4711`.
///
/// The process id is for people. It is not unique (in containers it is often 1), but
/// together with the time, and with a directory being created only once, the name is.
pub(crate) fn process(opened: BatchNumber) -> String {
    format!("process-{opened}-{}", std::process::id())
}

/// Reads what [`process`] writes.
pub(crate) fn parse_process(name: &str) -> Option<(BatchNumber, u32)> {
    let (opened, id) = name.strip_prefix("process-")?.split_once('-')?;
    Some((BatchNumber::parse(opened)?, id.parse().ok()?))
}

/// The name of a batch in the quarantine: when it was put there, then its number.
pub(crate) fn quarantined(put_there: BatchNumber, number: BatchNumber) -> String {
    format!("{put_there}-{}", segment(number, SegmentStage::Batch))
}

/// Reads what [`quarantined`] writes.
pub(crate) fn parse_quarantined(name: &str) -> Option<(BatchNumber, BatchNumber)> {
    let (put_there, segment) = name.split_once('-')?;
    match parse_segment(segment)? {
        (number, SegmentStage::Batch) => Some((BatchNumber::parse(put_there)?, number)),
        (_, SegmentStage::Part) => None,
    }
}
