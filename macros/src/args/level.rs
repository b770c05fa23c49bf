//! `level = debug`: up to which maximum level the span is recorded.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::parse::ParseStream;
use syn::{Ident, Result};

use super::argument::{FunctionFacts, InstrumentArgument};
use crate::syntax::keyword::{Keyword, keyword};
use crate::syntax::list::value_of;

/// The levels, from the most important, and the variants of the runtime's `Level`.
const LEVELS: &[Keyword] =
    &[("error", "Error"), ("warn", "Warn"), ("info", "Info"), ("debug", "Debug"), ("trace", "Trace")];

/// The numbers that `tracing` has for levels.
const NUMBERS: &[Keyword] = &[("1", "Trace"), ("2", "Debug"), ("3", "Info"), ("4", "Warn"), ("5", "Error")];

#[derive(Default)]
pub(crate) struct LevelArgument {
    given: Option<Ident>,
}

impl InstrumentArgument for LevelArgument {
    const NAMES: &'static [&'static str] = &["level"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        self.given = Some(level(value_of(name, input)?)?);
        Ok(())
    }

    fn inherit(&mut self, container: Self, _function: &FunctionFacts<'_>) {
        self.given = self.given.take().or(container.given);
    }

    fn callsite_calls(&self, runtime: &TokenStream) -> TokenStream {
        let level = self.given.iter();
        quote_spanned!(Span::mixed_site()=> #(.at(#runtime::Level::#level))*)
    }
}

/// Reads a level: `debug`, `"debug"`, `Level::DEBUG`, or `tracing`'s number for it.
pub(crate) fn level(input: ParseStream<'_>) -> Result<Ident> {
    keyword(input, LEVELS, NUMBERS, "level")
}
