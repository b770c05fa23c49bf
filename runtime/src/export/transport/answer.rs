//! What a collector's answer means. [Failures](https://opentelemetry.io/docs/specs/otlp/#failures): what may
//! be sent again, and what not.

use std::time::Duration;

use crate::diag;
use crate::otlp::{Field, Fields};

/// What became of a batch.
#[derive(Debug, PartialEq)]
pub(in crate::export) enum Attempt {
    /// Taken, but for so many of its spans.
    Taken { rejected: u64, message: String },
    /// Not taken now; the same bytes may be sent again, where the collector has asked for it after this time.
    Again { reason: String, after: Option<Duration> },
    /// Will never be taken.
    Rejected { reason: String },
}

impl Attempt {
    pub(super) fn again(reason: String) -> Self {
        Self::Again { reason, after: None }
    }

    /// An `ExportTraceServiceResponse`. The batch has arrived: an answer that cannot be read must not make
    /// it go twice.
    pub(super) fn taken(answer: &[u8]) -> Self {
        let (mut rejected, mut message) = (0, "");
        for (_, partial) in Fields(answer).filter(|(number, _)| *number == 1) {
            for field in Fields(partial.bytes()) {
                match field {
                    (1, Field::Number(spans)) => {
                        rejected = u64::try_from(spans.cast_signed()).unwrap_or_default();
                    }
                    (2, text) => message = text.text(),
                    _ => {}
                }
            }
        }
        Self::Taken { rejected, message: diag::shown(message) }
    }
}

/// The delay of a `google.rpc.RetryInfo` among the details of a `google.rpc.Status`, by which a
/// collector asks for another attempt.
pub(super) fn retry_info(status: &[u8]) -> Option<Duration> {
    let details = Fields(status).filter(|(number, _)| *number == 3);
    details.filter_map(|(_, any)| delay(any.bytes())).next()
}

fn delay(any: &[u8]) -> Option<Duration> {
    let (mut kind, mut value) = ("", &[][..]);
    for (number, field) in Fields(any) {
        match number {
            1 => kind = field.text(),
            2 => value = field.bytes(),
            _ => {}
        }
    }
    if kind.rsplit('/').next() != Some("google.rpc.RetryInfo") {
        return None;
    }
    let (mut seconds, mut nanos) = (0, 0);
    for (_, duration) in Fields(value).filter(|(number, _)| *number == 1) {
        for (number, field) in Fields(duration.bytes()) {
            match number {
                1 => seconds = u64::try_from(field.number().cast_signed()).unwrap_or_default(),
                2 => nanos = u32::try_from(field.number()).unwrap_or_default(),
                _ => {}
            }
        }
    }
    Duration::from_secs(seconds).checked_add(Duration::from_nanos(nanos.into()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::otlp::{put_bytes, put_number};

    /// A `google.rpc.Status` with a `RetryInfo` of so many milliseconds.
    pub(in crate::export::transport) fn status_with_retry_info(millis: u64) -> Vec<u8> {
        let (mut duration, mut info, mut any, mut status) = (vec![], vec![], vec![], vec![]);
        put_number(&mut duration, 1, millis / 1000);
        put_number(&mut duration, 2, millis % 1000 * 1_000_000);
        put_bytes(&mut info, 1, &duration);
        put_bytes(&mut any, 1, b"type.googleapis.com/google.rpc.RetryInfo");
        put_bytes(&mut any, 2, &info);
        put_number(&mut status, 1, 8);
        put_bytes(&mut status, 2, b"busy");
        put_bytes(&mut status, 3, b"not an Any");
        put_bytes(&mut status, 3, &any);
        status
    }

    #[test]
    fn a_collector_s_wish_is_read() {
        assert_eq!(retry_info(&status_with_retry_info(1_500)), Some(Duration::from_millis(1_500)));
        assert_eq!(retry_info(&status_with_retry_info(0)), Some(Duration::ZERO));
        assert_eq!(retry_info(b"type.googleapis.com/google.rpc.RetryInfo"), None);
        assert_eq!(retry_info(&[]), None);
    }

    #[test]
    fn an_answer_is_read_as_far_as_it_can_be() {
        let taken = |rejected, message: &str| Attempt::Taken { rejected, message: message.to_owned() };
        assert_eq!(Attempt::taken(&[]), taken(0, ""));
        assert_eq!(Attempt::taken(b"nonsense"), taken(0, ""));
        let (mut partial, mut answer) = (vec![], vec![]);
        put_number(&mut partial, 1, 3);
        put_bytes(&mut partial, 2, b"too\nold");
        put_bytes(&mut answer, 1, &partial);
        assert_eq!(Attempt::taken(&answer), taken(3, "too\\nold"));
        let mut negative = vec![];
        put_number(&mut negative, 1, u64::MAX);
        let mut answer = vec![];
        put_bytes(&mut answer, 1, &negative);
        assert_eq!(Attempt::taken(&answer), taken(0, ""));
    }
}
