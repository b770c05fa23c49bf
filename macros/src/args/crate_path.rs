//! `crate = path`: where Spanwise is, if not at `::spanwise`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::parse::ParseStream;
use syn::{Error, Ident, Path, Result};

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
    pub(crate) fn path(&self) -> TokenStream {
        match &self.given {
            Some(path) => path.to_token_stream(),
            None => quote_spanned!(Span::mixed_site()=> ::spanwise),
        }
    }
}
