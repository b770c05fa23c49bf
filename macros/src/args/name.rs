//! `name = ..`, and fastrace's `short_name = ..`: what the span is called.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, LitBool, LitStr, Path, Result};

use super::argument::{ContainerFacts, FunctionFacts, InstrumentArgument};
use crate::errors::Errors;
use crate::syntax::list::{switch, value_of};
use crate::syntax::static_text::StaticText;
use crate::syntax::tokens::ungrouped;

#[derive(Default)]
pub(crate) struct NameArgument {
    given: Option<SpanName>,
    /// `false` puts the path of the function's module before its name.
    short: Option<LitBool>,
}

enum SpanName {
    /// `"load"`, or a constant's path
    Static(StaticText),
    /// The tokens in `format!(..)`, which runs if the span is recorded
    Formatted(TokenStream),
}

const EXPECTED: &str = "a string literal, the path of a constant, or `format!(..)`";

/// The name that is stored in the callsite, which is the name that the sampler sees.
pub(crate) enum CallsiteName {
    Text(StaticText),
    /// `function` or `Type::function`
    Function(String),
    /// The same, with the path of its module
    WithModule(String),
}

impl InstrumentArgument for NameArgument {
    const NAMES: &'static [&'static str] = &["name", "short_name"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        if name == "name" {
            self.given = Some(span_name(value_of(name, input)?)?);
        } else {
            self.short = Some(switch(name, input)?);
        }
        match (&self.given, &self.short) {
            // `short_name = false` is fastrace's default.
            (Some(SpanName::Static(_)), Some(LitBool { value: true, .. })) => Err(Error::new(
                name.span(),
                "`name` and `short_name` contradict each other: `name` sets the whole name; keep one",
            )),
            _ => Ok(()),
        }
    }

    fn check(&self, function: &FunctionFacts<'_>, errors: &mut Errors) {
        let Some(SpanName::Static(StaticText::Literal(name))) = &self.given else { return };
        // `GET /orders/{id}` is a route, which is a good name as it is.
        if name.value().contains('/') {
            return;
        }
        if let Some(parameter) = placeholders(&name.value()).find(|word| function.parameters.has_named(word))
        {
            let text = name.value();
            let message = format!(
                "`name` is taken as it is, so the span would be called `{text}`; to put the parameter `{parameter}` into \
                 it, write `name = format!({text:?})`, or record it: `fields({parameter} = {parameter})`"
            );
            errors.add(Error::new(name.span(), message));
        }
    }

    fn check_on_container(&self, _container: &ContainerFacts<'_>, errors: &mut Errors) {
        const ONLY_A_PREFIX: &str = "on an `impl` block, a trait or a module, `name` must be a string literal: the prefix \
                                     of the span names; `name = \"orders\"` gives `orders::function`";
        match &self.given {
            Some(SpanName::Static(StaticText::Constant(path))) => {
                errors.add(Error::new_spanned(path, ONLY_A_PREFIX));
            }
            Some(SpanName::Formatted(tokens)) => errors.add(Error::new_spanned(tokens, ONLY_A_PREFIX)),
            Some(SpanName::Static(StaticText::Literal(_))) | None => {}
        }
    }

    /// The name itself is not inherited: the container passes it to the functions as their prefix.
    fn inherit(&mut self, container: Self, _function: &FunctionFacts<'_>) {
        if self.given.is_none() {
            self.short = self.short.take().or(container.short);
        }
    }

    fn expressions(&self) -> TokenStream {
        match &self.given {
            Some(SpanName::Formatted(tokens)) => tokens.clone(),
            _ => TokenStream::new(),
        }
    }

    fn start_statements(&self, _runtime: &Path) -> TokenStream {
        match &self.given {
            Some(SpanName::Formatted(tokens)) => {
                quote_spanned!(Span::mixed_site()=> __start.name(::std::format!(#tokens));)
            }
            _ => TokenStream::new(),
        }
    }
}

impl NameArgument {
    /// Reads a name that stands alone, without `name =`.
    pub(crate) fn read_text(&mut self, name: LitStr) -> Result<()> {
        let expression = Expr::Lit(syn::ExprLit { attrs: Vec::new(), lit: syn::Lit::Str(name) });
        self.given = Some(SpanName::Static(StaticText::from_expression(expression, "name", EXPECTED)?));
        Ok(())
    }

    /// What a container puts before the names of its functions, if it is given.
    pub(crate) fn prefix(&self) -> Option<String> {
        match &self.given {
            Some(SpanName::Static(StaticText::Literal(name))) => Some(name.value()),
            _ => None,
        }
    }

    /// The name of a function's span. A formatted name replaces it when the span starts.
    pub(crate) fn for_callsite(&self, function: &Ident, container: Option<&str>) -> CallsiteName {
        if let Some(SpanName::Static(text)) = &self.given {
            return CallsiteName::Text(text.clone());
        }
        let function = function.unraw().to_string();
        let name = match container {
            Some(container) => format!("{container}::{function}"),
            None => function,
        };
        match self.short.as_ref().is_none_or(|short| short.value) {
            true => CallsiteName::Function(name),
            false => CallsiteName::WithModule(name),
        }
    }
}

/// The variables that a text would mention if it were formatted.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| {
        let end = rest.find(|character: char| !character.is_alphanumeric() && character != '_')?;
        (end > 0 && rest[end..].contains('}')).then(|| &rest[..end])
    })
}

fn span_name(input: ParseStream<'_>) -> Result<SpanName> {
    match ungrouped(input.parse()?) {
        Expr::Macro(call) if call.mac.path.segments.last().is_some_and(|last| last.ident == "format") => {
            Ok(SpanName::Formatted(call.mac.tokens))
        }
        expression => StaticText::from_expression(expression, "name", EXPECTED).map(SpanName::Static),
    }
}
