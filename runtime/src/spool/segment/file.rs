//! Writing and reading the file of one batch.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::spool::directory::names::{self, SegmentStage};
use crate::spool::directory::permissions;
use crate::spool::number::BatchNumber;
use crate::spool::segment::format::{HEADER_SIZE, SegmentHeader};

/// Why a segment cannot be read.
#[derive(Debug)]
pub(crate) enum SegmentError {
    /// There is no such file. A directory, a link, or a file of somebody else may have its name.
    Missing,
    /// The content is not what was written.
    Corrupt {
        /// How many spans it held, if its header can be believed.
        spans: Option<u64>,
    },
    /// A system error. The file may be intact, and readable later.
    Unreadable(io::Error),
}

impl From<io::Error> for SegmentError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::Missing,
            _ => Self::Unreadable(error),
        }
    }
}

/// Writes a segment into `directory`. It gets its final name only when it is complete; if that
/// fails, the partial file is removed, since a full disk needs the space.
pub(crate) fn write(
    directory: &Path,
    number: BatchNumber,
    header: &SegmentHeader,
    batch: &[u8],
) -> io::Result<()> {
    let part = directory.join(names::segment(number, SegmentStage::Part));
    let complete = directory.join(names::segment(number, SegmentStage::Batch));
    let written = fill(&part, header, batch).and_then(|()| fs::rename(&part, &complete));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn fill(path: &Path, header: &SegmentHeader, batch: &[u8]) -> io::Result<()> {
    let mut file = permissions::create_file(path)?;
    file.write_all(&header.encode())?;
    file.write_all(batch)
}

/// Reads a segment's header, and compares the size of the file with it.
pub(crate) fn inspect(path: &Path) -> Result<SegmentHeader, SegmentError> {
    open(path).map(|(header, _)| header)
}

/// Reads a whole segment and checks it.
pub(crate) fn read(path: &Path) -> Result<(SegmentHeader, Vec<u8>), SegmentError> {
    let (header, file) = open(path)?;
    let mut batch = Vec::new();
    file.take(header.length()).read_to_end(&mut batch)?;
    if header.describes(&batch) {
        return Ok((header, batch));
    }
    Err(SegmentError::Corrupt { spans: Some(header.spans) })
}

/// Opens a segment and checks its header and size. The file is positioned at the batch.
fn open(path: &Path) -> Result<(SegmentHeader, File), SegmentError> {
    // Checked before it is opened: opening a pipe would wait for a writer.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(SegmentError::Missing);
    }
    let mut file = permissions::open_file(path, File::options().read(true))?;
    let mut bytes = Vec::new();
    (&mut file).take(HEADER_SIZE).read_to_end(&mut bytes)?;
    let header = SegmentHeader::decode(&bytes).ok_or(SegmentError::Corrupt { spans: None })?;
    if file.metadata()?.len() == header.file_size() {
        return Ok((header, file));
    }
    Err(SegmentError::Corrupt { spans: Some(header.spans) })
}
