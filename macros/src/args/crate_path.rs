//! `crate = path`: where Spanwise is, if not at `::spanwise`.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Error, Ident, Path, PathSegment, Result, Token};

use super::argument::{FunctionFacts, InstrumentArgument};
use crate::syntax::list::value_of;

#[derive(Clone, Default)]
pub(crate) struct CratePathArgument {
    given: Option<Path>,
}

impl InstrumentArgument for CratePathArgument {
    const NAMES: &'static [&'static str] = &["crate"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        let path = value_of(name, input)?.call(Path::parse_mod_style);
        self.given = Some(path.map_err(|error| {
            Error::new(error.span(), "`crate` must be the path of Spanwise; write `crate = my::spanwise`")
        })?);
        Ok(())
    }

    fn inherit(&mut self, container: Self, _function: &FunctionFacts<'_>) {
        self.given = self.given.take().or(container.given);
    }
}

impl CratePathArgument {
    pub(crate) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    /// The path that starts all paths of an expansion.
    pub(crate) fn path(&self) -> Path {
        self.given.clone().unwrap_or_else(|| Path {
            leading_colon: Some(Token![::](Span::mixed_site())),
            segments: Punctuated::from_iter(
                [Ident::new("spanwise", Span::mixed_site())].map(PathSegment::from),
            ),
        })
    }

    /// The path of what an expansion calls.
    pub(crate) fn private(&self) -> Path {
        let mut path = self.path();
        path.segments.push(Ident::new("__private", Span::mixed_site()).into());
        path
    }
}
