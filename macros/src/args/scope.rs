//! `scope = "billing"`, or `target = ..` as in `tracing`: the instrumentation scope.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::parse::ParseStream;
use syn::{Error, Ident, Path, Result};

use super::argument::{FunctionFacts, InstrumentArgument};
use crate::syntax::list::value_of;
use crate::syntax::static_text::StaticText;

#[derive(Default)]
pub(crate) struct ScopeArgument {
    given: Option<StaticText>,
}

impl InstrumentArgument for ScopeArgument {
    const NAMES: &'static [&'static str] = &["scope", "target"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        if self.given.is_some() {
            return Err(Error::new(name.span(), "`scope` and `target` are the same argument; keep one"));
        }
        let value = value_of(name, input)?.parse()?;
        const EXPECTED: &str = "a string literal or the path of a constant";
        self.given = Some(StaticText::from_expression(value, &name.to_string(), EXPECTED)?);
        Ok(())
    }

    fn inherit(&mut self, container: Self, _function: &FunctionFacts<'_>) {
        self.given = self.given.take().or(container.given);
    }

    fn callsite_calls(&self, _runtime: &Path) -> TokenStream {
        let scope = self.given.iter();
        quote_spanned!(Span::mixed_site()=> #(.in_scope(#scope))*)
    }
}
