//! `enter_on_poll`: a span for each poll of an async function, as in fastrace.

use syn::parse::ParseStream;
use syn::{Error, Ident, LitBool, Result};

use super::argument::{FunctionFacts, InstrumentArgument, ParentKind};
use crate::errors::Errors;
use crate::syntax::list::switch;

#[derive(Default)]
pub(crate) struct EnterOnPollArgument {
    given: Option<LitBool>,
}

impl InstrumentArgument for EnterOnPollArgument {
    const NAMES: &'static [&'static str] = &["enter_on_poll"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        self.given = Some(switch(name, input)?);
        Ok(())
    }

    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>) {
        if function.item.signature.asyncness.is_some() && function.parent == ParentKind::Current {
            self.given = self.given.take().or(container.given);
        }
    }

    fn check(&self, function: &FunctionFacts<'_>, errors: &mut Errors) {
        let Some(given) = self.given.as_ref().filter(|given| given.value) else { return };
        if function.item.signature.asyncness.is_none() {
            errors.add(Error::new(
                given.span,
                "`enter_on_poll` works only on an `async fn`; remove it, or make this function `async`",
            ));
        }
        if function.parent == ParentKind::Given {
            errors.add(Error::new(
                given.span,
                "`enter_on_poll` and `parent` contradict each other: the span of a poll is a child of the span that \
                 is current at that poll; keep one",
            ));
        }
    }
}

impl EnterOnPollArgument {
    pub(crate) fn is_on(&self) -> bool {
        self.given.as_ref().is_some_and(|given| given.value)
    }
}
