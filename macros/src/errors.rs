//! The errors that one use of the attribute has collected.

use proc_macro2::TokenStream;
use syn::{Error, Result};

/// All errors found so far, so that one error does not hide the next.
#[derive(Default)]
pub(crate) struct Errors(Option<Error>);

impl Errors {
    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn into_result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }

    /// One `compile_error!` for each error.
    pub(crate) fn to_compile_errors(&self) -> Option<TokenStream> {
        self.0.as_ref().map(Error::to_compile_error)
    }
}
