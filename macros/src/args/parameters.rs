//! `args`, `skip(..)` and `skip_all`: which of the function's arguments are recorded.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Ident, Result};

use super::argument::{ContainerFacts, FunctionFacts, InstrumentArgument};
use crate::errors::Errors;
use crate::syntax::list::{Commas, each_entry, list_of};

#[derive(Default)]
pub(crate) struct ParametersArgument {
    pub(crate) records_all: bool,
    pub(crate) skipped: Vec<Ident>,
    skips_all: bool,
}

impl InstrumentArgument for ParametersArgument {
    const NAMES: &'static [&'static str] = &["args", "skip", "skip_all"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        if name == "skip" {
            return each_entry(list_of(name, input)?, Commas::Required, |input| {
                self.skipped.push(Ident::parse_any(input)?);
                Ok(())
            });
        }
        if name == "args" {
            self.records_all = true;
        } else {
            self.skips_all = true;
        }
        match self.records_all && self.skips_all {
            true => Err(Error::new(
                name.span(),
                "`args` and `skip_all` contradict each other: `args` records all arguments, `skip_all` records \
                 none; keep one",
            )),
            false => Ok(()),
        }
    }

    fn check_on_container(&self, container: &ContainerFacts<'_>, errors: &mut Errors) {
        for name in self.skipped.iter().filter(|name| !(container.has_parameter)(name)) {
            let message = format!(
                "no function here has a parameter `{name}`; correct the name, or remove it from `skip`"
            );
            errors.add(Error::new(name.span(), message));
        }
    }

    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>) {
        if !self.skips_all {
            self.records_all |= container.records_all;
            let inherited = container.skipped.into_iter();
            self.skipped.extend(inherited.filter(|name| function.parameters.has(name)));
        }
    }

    fn check(&self, function: &FunctionFacts<'_>, errors: &mut Errors) {
        for name in self.skipped.iter().filter(|name| !function.parameters.has(name)) {
            let message = format!(
                "this function has no parameter `{name}`; correct the name, or remove it from `skip`"
            );
            errors.add(Error::new(name.span(), message));
        }
    }
}
