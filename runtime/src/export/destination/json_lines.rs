//! The file exporter of [OTLP](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/): a line of JSON per batch,
//! written to a file or to standard output.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::Chunk;
use crate::export::destination::destination::{
    CLOSE_GRACE, Destination, DestinationContext, DestinationSettings, FlushReason, SendResult,
};
use crate::export::encode::batch::Batch;
use crate::export::encode::encoder::{BatchLimits, Encoder, MAX_REQUEST_BYTES, SpanTooLarge};
use crate::export::ledger::ledger::Ledger;
use crate::export::ledger::losses::LossReason;
use crate::otlp::json;
use crate::outbox::Outbox;

/// The largest line buffer that is kept for the next line, in bytes.
const MAX_SPARE_BYTES: usize = 8 << 20;
/// The most bytes of encoded spans that wait to be written.
const MAX_UNWRITTEN: usize = 16 << 20;

/// The file, opened when the settings are made.
#[derive(Debug)]
pub(crate) struct JsonLinesSettings {
    place: String,
    /// The file, or why it cannot be opened.
    file: Result<File, String>,
}

impl JsonLinesSettings {
    /// Writes to standard output, through a handle of its own: whoever holds the lock may be waiting for this thread.
    pub(crate) fn to_stdout() -> Self {
        let file = diag::unlocked_stdout().ok_or_else(|| "it is closed".to_owned());
        Self { place: "standard output".to_owned(), file }
    }

    /// Appends to a file. A missing one is created with mode 0600.
    pub(crate) fn to_file(path: &Path) -> Self {
        Self { place: diag::escaped_up_to(&path.display().to_string(), 1024), file: open(path) }
    }
}

impl DestinationSettings for JsonLinesSettings {
    fn start(self: Box<Self>, context: DestinationContext<'_>) -> Box<dyn Destination> {
        Box::new(JsonLinesDestination::new(*self, &context))
    }

    fn place(&self) -> String {
        self.place.clone()
    }

    fn check(&self) -> Result<(), String> {
        self.file.as_ref().map(drop).map_err(Clone::clone)
    }
}

#[derive(Debug)]
struct JsonLinesDestination {
    encoder: Encoder,
    ledger: Arc<Ledger>,
    outbox: Outbox<Batch>,
    /// Why a line was not written, since that was last asked.
    failure: Arc<Mutex<Option<String>>>,
    /// How many batches were written, or lost, when that was last looked at.
    written: u64,
}

impl Destination for JsonLinesDestination {
    fn take(&mut self, chunk: &Chunk, calendar: &Calendar) -> Option<String> {
        let (mut lost, mut completed) = (None, Vec::new());
        for span in chunk.iter() {
            if let Err(SpanTooLarge { name, bytes }) =
                self.encoder.add(span, calendar, |batch| completed.push(batch))
            {
                self.ledger.lost_at_once(1, LossReason::TooLarge);
                lost = Some(format!("the span {name:?} has {bytes} bytes"));
            }
            for batch in completed.drain(..) {
                lost = self.put(batch).or(lost);
            }
        }
        lost
    }

    fn flush(&mut self, _reason: FlushReason) -> Option<String> {
        let batch = self.encoder.finish()?;
        self.put(batch)
    }

    fn poll_progress(&mut self, context: &mut Context<'_>, _is_shutting_down: bool) -> Poll<SendResult> {
        self.written = ready!(self.outbox.poll_done(context, self.written));
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        Poll::Ready(failure.map_or(SendResult::Delivered, SendResult::Lost))
    }

    fn batches_made(&self) -> u64 {
        self.outbox.entered()
    }

    fn batches_settled(&self) -> u64 {
        // Not before its failure was seen.
        self.written
    }

    fn wait_a_moment(&self) {
        self.outbox.wait_until_empty(CLOSE_GRACE);
    }

    fn close(&mut self) {
        self.wait_a_moment();
        for batch in self.outbox.take_back() {
            self.ledger.lost_at_once(batch.spans, LossReason::Unwritten);
        }
    }
}

impl JsonLinesDestination {
    fn new(settings: JsonLinesSettings, context: &DestinationContext<'_>) -> Self {
        let ledger = Arc::clone(&context.ledger);
        let mut lines = JsonLines::new(settings, Arc::clone(&ledger));
        let failure = Arc::new(Mutex::new(None));
        let set_failure = Arc::clone(&failure);
        let outbox = Outbox::new("spanwise-lines", MAX_UNWRITTEN, move |batch| {
            if let Some(why) = lines.write(&batch) {
                *set_failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            }
        });
        let limits = BatchLimits { spans: context.max_batch_size, bytes: MAX_REQUEST_BYTES };
        Self { encoder: Encoder::new(context.resource, limits), ledger, outbox, failure, written: 0 }
    }

    /// Hands a batch to the thread that writes it. Returns the reason if its spans are lost.
    fn put(&self, batch: Batch) -> Option<String> {
        let (bytes, patience) = (batch.bytes.len(), self.outbox.patience());
        let lost = self.outbox.put(batch, bytes, patience).err()?;
        self.ledger.lost_at_once(lost.spans, LossReason::Unwritten);
        Some("lines are not written as fast as spans end".to_owned())
    }
}

/// The lines. They are written on a thread of their own, since a pipe may be full, and a network's disk may be slow.
#[derive(Debug)]
struct JsonLines {
    ledger: Arc<Ledger>,
    place: String,
    file: Result<File, String>,
    line: String,
    /// The last line was written in part, because the disk was full, for instance.
    is_torn: bool,
    has_warned: bool,
}

impl JsonLines {
    fn new(settings: JsonLinesSettings, ledger: Arc<Ledger>) -> Self {
        let mut lines = Self {
            ledger,
            place: settings.place,
            file: settings.file,
            line: String::new(),
            is_torn: false,
            has_warned: false,
        };
        if let Some(why) = lines.file.as_ref().err().cloned() {
            lines.warn(&why);
        }
        lines
    }

    /// Writes a batch as a line. Returns the reason if its spans are lost.
    fn write(&mut self, batch: &Batch) -> Option<String> {
        self.line.clear();
        if self.is_torn {
            self.line.push('\n');
        }
        json::put_request(&mut self.line, &batch.bytes);
        let written = match &mut self.file {
            // As one write, so that several processes can append to one file.
            Ok(file) => write_all(file, self.line.as_bytes()).map_err(|(written, error)| {
                self.is_torn |= written > usize::from(self.is_torn);
                error.to_string()
            }),
            Err(why) => Err(why.clone()),
        };
        if self.line.capacity() > MAX_SPARE_BYTES {
            self.line = String::new();
        }
        match written {
            Ok(()) => {
                self.is_torn = false;
                self.ledger.delivered_at_once(batch.spans);
                None
            }
            Err(why) => {
                self.ledger.lost_at_once(batch.spans, LossReason::Unwritten);
                Some(self.warn(&why))
            }
        }
    }

    /// Returns the reason as a sentence. Warns the first time.
    fn warn(&mut self, why: &str) -> String {
        let why = format!("cannot write spans to {}: {why}", self.place);
        if !std::mem::replace(&mut self.has_warned, true) {
            diag::warn(format_args!("{why}; spans that cannot be written are lost"));
        }
        why
    }
}

/// Writes all bytes. The error has the number of bytes that were written.
fn write_all(to: &mut impl Write, bytes: &[u8]) -> Result<(), (usize, std::io::Error)> {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match to.write(rest) {
            Ok(0) => return Err((written, ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err((written, error)),
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    // Non-blocking: opening a named pipe would wait for its reader.
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NONBLOCK);
    }
    let file = options.open(path).map_err(|error| error.to_string())?;
    let kind = file.metadata().map_err(|error| error.to_string())?.file_type();
    #[cfg(unix)]
    let is_device = std::os::unix::fs::FileTypeExt::is_char_device(&kind);
    #[cfg(not(unix))]
    let is_device = false;
    if kind.is_file() || is_device { Ok(file) } else { Err("it is not a regular file".to_owned()) }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A disk that is full after so many bytes.
    struct Full(Vec<u8>, usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let fits = bytes.len().min(self.1 - self.0.len()).min(3);
            if fits == 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_error_has_the_number_of_bytes_written() {
        let mut disk = Full(Vec::new(), 7);
        assert_eq!(write_all(&mut disk, b"1234").map_err(|(written, _)| written), Ok(()));
        assert_eq!(write_all(&mut disk, b"56789").map_err(|(written, _)| written), Err(3));
        assert_eq!(write_all(&mut disk, b"0").map_err(|(written, _)| written), Err(0));
        assert_eq!(disk.0, b"1234567");
    }

    #[test]
    fn a_torn_line_does_not_spoil_the_next_one() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("lines");
        std::fs::write(&path, "{\"resourceSp").expect("our directory");
        let mut lines = JsonLines::new(JsonLinesSettings::to_file(&path), Arc::default());
        lines.is_torn = true;
        let batch = Batch { bytes: bytes::Bytes::new(), spans: 1, has_errors: false };
        assert_eq!(lines.write(&batch), None);
        assert_eq!(lines.write(&batch), None);
        assert_eq!(lines.ledger.report(Default::default).exported, 2);
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "{\"resourceSp\n{}\n{}\n");
    }

    #[test]
    fn a_pipe_without_a_reader_is_refused_at_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        let check = |path: &Path| JsonLinesSettings::to_file(path).check();
        assert!(check(&pipe).is_err());
        let _reader = OpenOptions::new().read(true).write(true).open(&pipe).expect("both ends");
        assert_eq!(check(&pipe), Err("it is not a regular file".to_owned()));
        assert!(check(directory.path()).is_err());
        assert_eq!(check(&directory.path().join("file")), Ok(()));
        assert_eq!(check(Path::new("/dev/null")), Ok(()));
    }
}
