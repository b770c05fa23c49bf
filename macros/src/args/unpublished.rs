//! `unpublished`: a span outside of OpenTelemetry's context, for the hottest functions.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::parse::ParseStream;
use syn::{Error, Ident, Path, Result};

use super::argument::{FunctionFacts, InstrumentArgument, ParentKind};
use crate::errors::Errors;
use crate::function::body_shape::BodyShape;

#[derive(Default)]
pub(crate) struct UnpublishedArgument {
    given: Option<Span>,
}

impl InstrumentArgument for UnpublishedArgument {
    const NAMES: &'static [&'static str] = &["unpublished"];

    fn read(&mut self, name: &Ident, _input: ParseStream<'_>) -> Result<()> {
        self.given = Some(name.span());
        Ok(())
    }

    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>) {
        if function.shape == BodyShape::Closure && function.parent == ParentKind::Current {
            self.given = self.given.or(container.given);
        }
    }

    /// An unpublished span belongs to its thread, lasts for one call, and is a child of the current span.
    fn check(&self, function: &FunctionFacts<'_>, errors: &mut Errors) {
        let Some(place) = self.given else { return };
        let message = match function.shape {
            BodyShape::AsyncBlock | BodyShape::AwaitedAsyncBlock => {
                "`unpublished` does not work on an `async fn`: each poll finds the span through the context, which does \
                 not hold an unpublished span; remove `unpublished`"
            }
            BodyShape::AsyncReturn(_) => {
                "`unpublished` does not work here: the returned future or stream continues the span after the call; \
                 remove `unpublished`"
            }
            BodyShape::InPlace => {
                "`unpublished` does not work here: it needs a closure around the body, and this function's body cannot \
                 be in one; remove `unpublished`"
            }
            BodyShape::Closure if function.parent != ParentKind::Current => {
                "`unpublished` does not work with `parent` or `root`: an unpublished span is a child of the current \
                 span; keep one"
            }
            BodyShape::Closure => return,
        };
        errors.add(Error::new(place, message));
    }

    fn callsite_calls(&self, _runtime: &Path) -> TokenStream {
        match self.given {
            Some(_) => quote_spanned!(Span::mixed_site()=> .unpublished()),
            None => TokenStream::new(),
        }
    }
}
