//! The format of a segment, which is one batch in one file.
//!
//! A header of 32 bytes, then the batch as it was given. Numbers are little-endian.
//!
//! | bytes | content                                       |
//! |-------|-----------------------------------------------|
//! | 4     | `SPOL`                                        |
//! | 2     | version, 1                                    |
//! | 2     | flags: bit 0 means "has errors", others are 0 |
//! | 8     | number of spans                               |
//! | 8     | length of the batch                           |
//! | 4     | CRC-32 of the batch                           |
//! | 4     | CRC-32 of the 28 bytes above                  |
//!
//! There are two checksums so that the header can be believed, and lost spans be counted, even when
//! the batch is damaged. The first covers the second, so neither can be exchanged on its own.
//!
//! An unknown version or flag makes a segment as unreadable as damage does: it is set aside in the
//! quarantine, where the newer program that wrote it can be asked to look at it.

const MAGIC: [u8; 4] = *b"SPOL";
const VERSION: u16 = 1;
const HAS_ERRORS: u16 = 1;

/// Size of the header in bytes.
pub(crate) const HEADER_SIZE: u64 = 32;

/// The largest batch. A damaged or planted file must not be able to make us allocate more.
pub(crate) const MAX_BATCH_SIZE: u64 = 64 << 20;

/// What is known about a batch without its bytes. It is what the index holds in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) spans: u64,
    pub(crate) has_errors: bool,
    length: u64,
    checksum: u32,
}

impl SegmentHeader {
    /// The header for `batch`.
    pub(crate) fn describe(batch: &[u8], spans: u64, has_errors: bool) -> Self {
        Self { spans, has_errors, length: batch.len() as u64, checksum: crc32fast::hash(batch) }
    }

    /// Whether `batch` is, as far as length and checksum can tell, the one that was described.
    pub(crate) fn describes(&self, batch: &[u8]) -> bool {
        self.length == batch.len() as u64 && self.checksum == crc32fast::hash(batch)
    }

    /// Length of the batch in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Size of the whole file in bytes.
    pub(crate) fn file_size(&self) -> u64 {
        HEADER_SIZE.saturating_add(self.length)
    }

    /// The header as it is on disk.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let flags = if self.has_errors { HAS_ERRORS } else { 0 };
        let mut bytes = Vec::new();
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(flags.to_le_bytes());
        bytes.extend(self.spans.to_le_bytes());
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(self.checksum.to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes
    }

    /// Reads what [`encode`](Self::encode) writes; `None` if it is anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (protected, own_checksum) = bytes.split_last_chunk()?;
        if crc32fast::hash(protected) != u32::from_le_bytes(*own_checksum) {
            return None;
        }
        let (magic, rest) = protected.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        let (flags, rest) = rest.split_first_chunk()?;
        let (spans, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (checksum, []) = rest.split_first_chunk()? else {
            return None;
        };
        let flags = u16::from_le_bytes(*flags);
        let header = Self {
            spans: u64::from_le_bytes(*spans),
            has_errors: flags == HAS_ERRORS,
            length: u64::from_le_bytes(*length),
            checksum: u32::from_le_bytes(*checksum),
        };
        let understood = *magic == MAGIC
            && u16::from_le_bytes(*version) == VERSION
            && flags & !HAS_ERRORS == 0
            && header.length <= MAX_BATCH_SIZE;
        understood.then_some(header)
    }
}
