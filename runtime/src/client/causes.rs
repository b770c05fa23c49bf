//! What an error came from.

use std::error::Error;

/// The causes of an error, the nearest first.
pub(super) fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| Error::source(*cause))
}
