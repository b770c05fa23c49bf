//! The log formats, in one table.

use std::fmt;
use std::str::FromStr;

use super::line::Line;
use super::{json, logfmt, text};

/// Defines [`Format`] from the table of log formats. To add one, write its file and add its row to the table below.
///
/// A row has the variant with its documentation, its name, and the function that writes a line, without its end.
macro_rules! define_formats {
    ($($(#[$meta:meta])+ $variant:ident $name:literal => $write:path;)+) => {
        /// How log lines are written. Each event is one line, and has the `trace_id`, `span_id` and `trace_flags` of the current
        /// span.
        ///
        /// With the feature `logs` it is a formatter for `tracing-subscriber`; [`Formatter`](super::Formatter) has options. With
        /// the feature `log`, [`write_record`](super::write_record) writes the records of the crate `log` in this format.
        ///
        /// ```text
        /// 2026-11-21T03:45:06.146565Z  INFO shop::orders: confirmation sent order=7 trace_id=ca7c587b861435c171c1627040b527a8 span_id=4756b85de4d8abc0 trace_flags=03
        /// {"timestamp":"2026-11-21T03:45:06.146565Z","level":"INFO","target":"shop::orders","message":"confirmation sent","fields":{"order":7},"trace_id":"ca7c587b861435c171c1627040b527a8","span_id":"4756b85de4d8abc0","trace_flags":"03"}
        /// timestamp=2026-11-21T03:45:06.146565Z level=INFO target=shop::orders message="confirmation sent" order=7 trace_id=ca7c587b861435c171c1627040b527a8 span_id=4756b85de4d8abc0 trace_flags=03
        /// ```
        ///
        /// ```
        /// # fn main() -> Result<(), spanwise::logs::UnknownFormat> {
        /// use spanwise::logs::Format;
        ///
        /// let format: Format = "json".parse()?; // the value of a variable of your application, for example
        /// assert_eq!(format, Format::Json);
        /// # Ok(())
        /// # }
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Format {
            $($(#[$meta])+ $variant,)+
        }

        /// The formats by name.
        const FORMATS: &[(&str, Format)] = &[$(($name, Format::$variant)),+];

        impl Format {
            /// Returns the line, without its end.
            pub(super) fn write(self, line: &Line<'_>) -> String {
                match self {
                    $(Self::$variant => $write(line),)+
                }
            }
        }
    };
}

define_formats! {
    /// For people: the time, the level, the target, the message, and fields as `key=value`.
    #[default]
    Text "text" => text::write;

    /// One JSON object: `timestamp`, `level`, `target`, `message`, `fields`, and the ids.
    Json "json" => json::write;

    /// `key=value`, with quotes where they are needed.
    Logfmt "logfmt" => logfmt::write;
}

/// Parses a format's name, without regard to case.
impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        let found = FORMATS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.map(|(_, format)| *format).ok_or(UnknownFormat)
    }
}

/// A name that is not the name of a [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a log format; the formats are")?;
        for (index, (name, _)) in FORMATS.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma} `{name}`")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownFormat {}
