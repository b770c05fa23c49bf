//! OTLP in files: the
//! [file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/), a JSON object on each line.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use opentelemetry::KeyValue;

use super::json;
use super::outcome::Outcome;
use crate::diag;
use crate::engine::{Calendar, EndedSpan};
use crate::export::batch::Batch;
use crate::export::encode::Encoder;

/// Writes each batch as a line.
#[derive(Debug)]
pub(crate) struct Lines {
    encoder: Encoder,
    to: To,
    line: String,
}

#[derive(Debug)]
enum To {
    Output,
    File(PathBuf, File),
    /// What could not be opened, and why.
    Nothing(PathBuf, String),
}

impl Lines {
    /// To standard output.
    pub(crate) fn to_output(resource: &[KeyValue], most: usize) -> Self {
        Self::new(To::Output, resource, most)
    }

    /// To the end of a file, which is made where there is none, for its owner alone.
    pub(crate) fn to_file(path: &Path, resource: &[KeyValue], most: usize) -> Self {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let to = match options.open(path) {
            Ok(file) => To::File(path.to_owned(), file),
            Err(error) => To::Nothing(path.to_owned(), error.to_string()),
        };
        Self::new(to, resource, most)
    }

    fn new(to: To, resource: &[KeyValue], most: usize) -> Self {
        Self { encoder: Encoder::new(resource, most), to, line: String::new() }
    }

    pub(super) fn take(&mut self, span: EndedSpan<'_>, calendar: &Calendar) -> Outcome {
        self.encoder.add(span, calendar).map_or_else(Outcome::default, |batch| self.write(batch))
    }

    pub(super) fn seal(&mut self) -> Outcome {
        self.encoder.seal().map_or_else(Outcome::default, |batch| self.write(batch))
    }

    fn write(&mut self, batch: Batch) -> Outcome {
        self.line.clear();
        json::put_request(&mut self.line, &batch.bytes);
        self.encoder.give_back(batch.bytes);
        let line = self.line.as_bytes();
        // In one piece, so that several processes can write to one file.
        let written = match &mut self.to {
            To::Output => {
                let mut output = std::io::stdout().lock();
                output.write_all(line).and_then(|()| output.flush()).map_err(|error| error.to_string())
            }
            To::File(_, file) => file.write_all(line).map_err(|error| error.to_string()),
            To::Nothing(_, why) => Err(why.clone()),
        };
        if self.line.capacity() > LARGEST_KEPT {
            self.line = String::new();
        }
        match written {
            Ok(()) => Outcome { delivered: batch.spans, lost: None },
            Err(why) => {
                let place = match &self.to {
                    To::Output => "standard output".to_owned(),
                    To::File(path, _) | To::Nothing(path, _) => path.display().to_string(),
                };
                let why = format!("{place} takes no spans: {why}");
                diag::warn_once("spans in files", || format!("{why}; they are dropped and counted"));
                Outcome { delivered: 0, lost: Some((batch.spans, why)) }
            }
        }
    }
}

/// The longest line whose buffer is kept.
const LARGEST_KEPT: usize = 8 << 20;
