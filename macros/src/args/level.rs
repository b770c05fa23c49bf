//! `level = debug`: up to which maximum level the span is recorded.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Path, Result};

use super::argument::{FunctionFacts, InstrumentArgument};
use crate::syntax::keyword::{Keyword, keyword};
use crate::syntax::list::value_of;
use crate::syntax::tokens::located_at_path;

/// The levels, from the most important, and the variants of the runtime's `Level`.
const LEVELS: &[Keyword] =
    &[("error", "Error"), ("warn", "Warn"), ("info", "Info"), ("debug", "Debug"), ("trace", "Trace")];

/// The numbers that `tracing` has for levels.
const NUMBERS: &[Keyword] = &[("1", "Trace"), ("2", "Debug"), ("3", "Info"), ("4", "Warn"), ("5", "Error")];

#[derive(Default)]
pub(crate) struct LevelArgument {
    given: Option<GivenLevel>,
}

/// A level that an argument names.
pub(crate) enum GivenLevel {
    /// The variant of the runtime's `Level`
    Variant(Ident),
    /// The path of a constant
    Constant(Path),
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

    fn callsite_calls(&self, runtime: &Path) -> TokenStream {
        match &self.given {
            None => TokenStream::new(),
            Some(GivenLevel::Variant(level)) => {
                quote_spanned!(Span::mixed_site()=> .at(#runtime::Level::#level))
            }
            // Evaluated when a span starts: `tracing`'s levels cannot be converted in a static.
            Some(constant) => {
                let level = constant.value(runtime);
                quote_spanned!(Span::mixed_site()=> .at_level_of(|| #level))
            }
        }
    }
}

impl LevelArgument {
    /// Whether the level is known only when a span starts.
    pub(crate) fn is_computed(&self) -> bool {
        matches!(self.given, Some(GivenLevel::Constant(_)))
    }
}

impl GivenLevel {
    /// The level as a value of the runtime's `Level`.
    pub(crate) fn value(&self, runtime: &Path) -> TokenStream {
        match self {
            Self::Variant(level) => quote_spanned!(Span::mixed_site()=> #runtime::Level::#level),
            Self::Constant(path) => {
                quote_spanned!(located_at_path(path)=> <#runtime::Level as ::core::convert::From<_>>::from(#path))
            }
        }
    }
}

/// Reads a level: `debug`, `"debug"`, `Level::DEBUG`, `tracing`'s number for it, or the path of a constant.
pub(crate) fn level(input: ParseStream<'_>) -> Result<GivenLevel> {
    if let Ok(Expr::Path(path)) = input.fork().parse::<Expr>()
        && path.qself.is_none()
        && is_constant(&path.path)
    {
        if path.path.segments.first().is_some_and(|first| first.ident == "Self") {
            return Err(Error::new_spanned(
                &path,
                "`level` is stored in a static, where `Self` is not known; write the constant's full path",
            ));
        }
        input.parse::<Expr>()?;
        return Ok(GivenLevel::Constant(path.path));
    }
    keyword(input, LEVELS, NUMBERS, "level").map(GivenLevel::Variant)
}

/// By its spelling: the path of a constant that is not called like a level.
fn is_constant(path: &Path) -> bool {
    let Some(last) = path.segments.last() else { return false };
    let name = last.ident.to_string();
    let is_level = LEVELS.iter().any(|(level, _)| name.eq_ignore_ascii_case(level));
    !is_level && name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase)
}
