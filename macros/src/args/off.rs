//! `off`: no span.

use syn::parse::ParseStream;
use syn::{Ident, Result};

use super::argument::{FunctionFacts, InstrumentArgument};

#[derive(Default)]
pub(crate) struct OffArgument {
    pub(crate) is_given: bool,
}

impl InstrumentArgument for OffArgument {
    const NAMES: &'static [&'static str] = &["off"];

    fn read(&mut self, _name: &Ident, _input: ParseStream<'_>) -> Result<()> {
        self.is_given = true;
        Ok(())
    }

    /// Not inherited: a container with `off` puts the attribute on none of its functions.
    fn inherit(&mut self, _container: Self, _function: &FunctionFacts<'_>) {}
}
