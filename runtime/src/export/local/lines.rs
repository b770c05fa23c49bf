//! OTLP in files: the
//! [file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/), a JSON object on each line.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use opentelemetry::KeyValue;

use super::json;
use super::outcome::Outcome;
use crate::diag;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::EndedSpan;
use crate::export::batch::Batch;
use crate::export::encode::Encoder;

/// The longest line whose buffer is kept.
const LARGEST_KEPT: usize = 8 << 20;

/// Writes each batch as a line.
#[derive(Debug)]
pub(crate) struct Lines {
    encoder: Encoder,
    place: String,
    /// Or why there is none.
    to: Result<File, String>,
    line: String,
    /// The line before has no end: the disk was full, for instance.
    is_torn: bool,
    is_told: bool,
}

impl Lines {
    /// To standard output: by a handle of its own, since whoever holds the lock may wait for this.
    pub(crate) fn to_output(resource: &[KeyValue], most: usize) -> Self {
        let to = diag::unlocked_stdout().ok_or_else(|| "it is closed".to_owned());
        Self::new("standard output".to_owned(), to, resource, most)
    }

    /// To the end of a file, which is made where there is none, for its owner alone.
    pub(crate) fn to_file(path: &Path, resource: &[KeyValue], most: usize) -> Self {
        Self::new(diag::shown_up_to(&path.display().to_string(), 1024), open(path), resource, most)
    }

    fn new(place: String, to: Result<File, String>, resource: &[KeyValue], most: usize) -> Self {
        let encoder = Encoder::new(resource, most);
        let mut lines = Self { encoder, place, to, line: String::new(), is_torn: false, is_told: false };
        if let Some(why) = lines.to.as_ref().err().cloned() {
            lines.tell(&why);
        }
        lines
    }

    pub(super) fn take(&mut self, span: EndedSpan<'_>, calendar: &Calendar) -> Outcome {
        self.encoder.add(span, calendar).map_or_else(Outcome::default, |batch| self.write(batch))
    }

    pub(super) fn seal(&mut self) -> Outcome {
        self.encoder.seal().map_or_else(Outcome::default, |batch| self.write(batch))
    }

    fn write(&mut self, batch: Batch) -> Outcome {
        self.line.clear();
        if self.is_torn {
            self.line.push('\n');
        }
        json::put_request(&mut self.line, &batch.bytes);
        self.encoder.give_back(batch.bytes);
        let written = match &mut self.to {
            // In one piece, so that several processes can write to one file.
            Ok(file) => put(file, self.line.as_bytes()).map_err(|(written, error)| {
                self.is_torn |= written > usize::from(self.is_torn);
                error.to_string()
            }),
            Err(why) => Err(why.clone()),
        };
        if self.line.capacity() > LARGEST_KEPT {
            self.line = String::new();
        }
        match written {
            Ok(()) => {
                self.is_torn = false;
                Outcome { delivered: batch.spans, lost: None }
            }
            Err(why) => {
                let why = self.tell(&why);
                Outcome { delivered: 0, lost: Some((batch.spans, why)) }
            }
        }
    }

    /// What is wrong, told the first time.
    fn tell(&mut self, why: &str) -> String {
        let why = format!("{} takes no spans: {why}", self.place);
        if !std::mem::replace(&mut self.is_told, true) {
            diag::warn(format_args!("{why}; those that are not written are lost"));
        }
        why
    }
}

/// Writes all of it, or says how much was.
fn put(to: &mut impl Write, bytes: &[u8]) -> Result<(), (usize, std::io::Error)> {
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

/// Whether spans could be written there, and why not.
pub(crate) fn can_be_written(path: &Path) -> Result<(), String> {
    open(path).map(drop)
}

fn open(path: &Path) -> Result<File, String> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    // Nobody may read at the other end of a pipe of that name: that is not waited for.
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
    if kind.is_file() || is_device { Ok(file) } else { Err("it is no file".to_owned()) }
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
    fn it_is_known_how_much_was_written() {
        let mut disk = Full(Vec::new(), 7);
        assert_eq!(put(&mut disk, b"1234").map_err(|(written, _)| written), Ok(()));
        assert_eq!(put(&mut disk, b"56789").map_err(|(written, _)| written), Err(3));
        assert_eq!(put(&mut disk, b"0").map_err(|(written, _)| written), Err(0));
        assert_eq!(disk.0, b"1234567");
    }

    /// What is left of a line does not spoil the one after it.
    #[test]
    fn a_line_after_a_torn_one_stands_on_its_own() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("lines");
        std::fs::write(&path, "{\"resourceSp").expect("our directory");
        let mut lines = Lines::to_file(&path, &[], 1);
        lines.is_torn = true;
        let batch = || Batch { bytes: bytes::Bytes::new(), spans: 1, has_errors: false };
        assert_eq!(lines.write(batch()).delivered, 1);
        assert_eq!(lines.write(batch()).delivered, 1);
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), "{\"resourceSp\n{}\n{}\n");
    }

    #[test]
    fn a_pipe_that_nobody_reads_is_not_waited_for() {
        let directory = tempfile::tempdir().expect("a directory");
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo");
        assert!(made.success());
        assert!(can_be_written(&pipe).is_err());
        let _reader = OpenOptions::new().read(true).write(true).open(&pipe).expect("both ends");
        assert_eq!(can_be_written(&pipe), Err("it is no file".to_owned()));
        assert!(can_be_written(directory.path()).is_err());
        assert_eq!(can_be_written(&directory.path().join("file")), Ok(()));
        assert_eq!(can_be_written(Path::new("/dev/null")), Ok(()));
    }
}
