//! Where spans are shown or written by this process itself, which is done with them then: the [`console`], and [`lines`]
//! of JSON.

mod console;
mod json;
mod lines;
mod outcome;
pub(crate) mod waterfall;

pub(crate) use console::Console;
#[cfg(all(test, feature = "testing"))]
pub(super) use json::put_request;
pub(crate) use lines::{Lines, can_be_written};
pub(super) use outcome::Outcome;

use super::output::Seal;
use crate::engine::clock::Calendar;
use crate::engine::queue::chunk::Chunk;
use crate::engine::queue::record::read;

/// One of them.
#[derive(Debug)]
pub(crate) enum Local {
    Console(Console),
    Lines(Lines),
}

impl Local {
    pub(super) fn take(&mut self, chunk: &Chunk, calendar: &Calendar) -> Outcome {
        match self {
            Self::Console(console) => {
                console.show(
                    chunk.iter().map(|span| read(span, |moment| calendar.nanoseconds(moment))).collect(),
                );
                Outcome { delivered: chunk.len() as u64, lost: None }
            }
            Self::Lines(lines) => {
                let outcomes = chunk.iter().map(|span| lines.take(span, calendar));
                outcomes.fold(Outcome::default(), Outcome::and)
            }
        }
    }

    /// What was taken is shown from now on.
    pub(super) fn seal(&mut self, why: Seal) -> Outcome {
        match self {
            Self::Console(console) => {
                if why != Seal::Age {
                    console.show_all();
                }
                Outcome::default()
            }
            Self::Lines(lines) => lines.seal(),
        }
    }
}
