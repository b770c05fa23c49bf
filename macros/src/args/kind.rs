//! `kind = client`: the span kind.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Ident, LitStr, Result};

use super::argument::{FunctionFacts, InstrumentArgument};
use crate::syntax::keyword::{Keyword, keyword};
use crate::syntax::list::value_of;

/// The span kinds of the OpenTelemetry specification, and the variants of `opentelemetry::trace::SpanKind`.
const SPAN_KINDS: &[Keyword] = &[
    ("internal", "Internal"),
    ("client", "Client"),
    ("server", "Server"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
];

#[derive(Default)]
pub(crate) struct KindArgument {
    given: Option<Ident>,
}

impl InstrumentArgument for KindArgument {
    const NAMES: &'static [&'static str] = &["kind"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        self.given = Some(keyword(value_of(name, input)?, SPAN_KINDS, &[], "span kind")?);
        Ok(())
    }

    fn inherit(&mut self, container: Self, _function: &FunctionFacts<'_>) {
        self.given = self.given.take().or(container.given);
    }
}

impl KindArgument {
    /// Takes over `fields(otel.kind = "server")`.
    pub(crate) fn set_from_field(&mut self, text: &LitStr) -> Result<()> {
        if self.given.is_some() {
            return Err(Error::new(
                text.span(),
                "`kind` and the field `otel.kind` contradict each other; keep one",
            ));
        }
        let read = |input: ParseStream<'_>| keyword(input, SPAN_KINDS, &[], "span kind");
        self.given = Some(read.parse2(text.to_token_stream())?);
        Ok(())
    }

    /// The variant of `SpanKind`.
    pub(crate) fn variant(&self) -> Ident {
        self.given.clone().unwrap_or_else(|| Ident::new("Internal", Span::mixed_site()))
    }
}
