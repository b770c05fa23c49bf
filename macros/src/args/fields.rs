//! `fields(..)`, and fastrace's `properties = {..}`: span attributes, by name.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, Ident, Lit, LitStr, Path, Result, Token};

use super::argument::{ContainerFacts, FunctionFacts, InstrumentArgument};
use crate::errors::Errors;
use crate::function::parameters::leading_variable;
use crate::function::secret_names::reads_like_a_secret;
use crate::syntax::list::{Commas, each_entry, list_of, value_of};
use crate::syntax::tokens::ungrouped;
use crate::syntax::value::{AttributeKey, ValueFormat};

#[derive(Default)]
pub(crate) struct FieldsArgument {
    pub(crate) entries: Vec<FieldEntry>,
}

/// One entry of `fields(..)`.
pub(crate) struct FieldEntry {
    pub(crate) key: AttributeKey,
    pub(crate) span: Span,
    pub(crate) format: ValueFormat,
    /// `None` if the field is declared as `Empty`, to be set later
    pub(crate) value: Option<Expr>,
    /// Whether a variable is both the name and the value, so that the function must have it.
    is_shorthand: bool,
}

impl InstrumentArgument for FieldsArgument {
    const NAMES: &'static [&'static str] = &["fields", "properties"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        if name == "fields" {
            return each_entry(list_of(name, input)?, Commas::Required, |input| {
                self.entries.push(input.parse()?);
                Ok(())
            });
        }
        let group: Group = value_of(name, input)?.parse()?;
        if group.delimiter() != Delimiter::Brace {
            return Err(Error::new(
                group.span(),
                "`properties` needs braces; write `properties = { \"name\": \"text\" }`",
            ));
        }
        each_entry(group.stream(), Commas::Required, |input| {
            self.entries.push(FieldEntry::property(input)?);
            Ok(())
        })
    }

    fn check_on_container(&self, container: &ContainerFacts<'_>, errors: &mut Errors) {
        for field in self.entries.iter().filter(|field| field.is_shorthand) {
            if let Some(name) = field.value.as_ref().and_then(leading_variable)
                && !(container.has_parameter)(name)
            {
                let message = format!(
                    "no function here has a parameter `{name}`; write `{} = expression`",
                    field.key.spelled()
                );
                errors.add(Error::new(name.span(), message));
            }
        }
    }

    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>) {
        let parameters = &function.parameters;
        let own = std::mem::take(&mut self.entries);
        let inherited = container.entries.into_iter().filter(|field| {
            let makes_sense = field.value.as_ref().is_none_or(|value| {
                !parameters.lacks_self_of(value) && (!field.is_shorthand || parameters.has_variable_of(value))
            });
            makes_sense && !own.iter().any(|own| own.key.is(&field.key))
        });
        self.entries = inherited.collect();
        self.entries.extend(own);
    }

    fn check(&self, function: &FunctionFacts<'_>, errors: &mut Errors) {
        for (at, field) in self.entries.iter().enumerate() {
            let name = field.key.spelled();
            if self.entries[..at].iter().any(|earlier| earlier.key.is(&field.key)) {
                errors.add(Error::new(field.span, format!("the field `{name}` is given twice; keep one")));
            } else if field.is_shorthand
                && let Some(variable) = field.value.as_ref().and_then(leading_variable)
                && !function.parameters.has(variable)
            {
                let message = format!(
                    "this function has no parameter `{variable}`; write `{name} = expression`, or `{name} = Empty` \
                     to set the field later"
                );
                errors.add(Error::new(field.span, message));
            } else if let Some(message) = field.ambiguity() {
                errors.add(Error::new(field.span, message));
            }
        }
    }
}

impl FieldsArgument {
    /// Takes out `otel.kind = "text"`: the callsite has the kind. A kind that is computed is set when the span starts.
    pub(crate) fn take_kind(&mut self) -> Option<LitStr> {
        let is_kind =
            |field: &FieldEntry| matches!(&field.key, AttributeKey::Text(key) if key == "otel.kind");
        let mut found = (0..self.entries.len()).filter(|at| is_kind(&self.entries[*at]));
        // A second one is reported as given twice.
        let (Some(at), None) = (found.next(), found.next()) else { return None };
        match self.entries[at].value.clone().map(ungrouped) {
            Some(Expr::Lit(literal)) => match literal.lit {
                Lit::Str(text) => {
                    self.entries.remove(at);
                    Some(text)
                }
                _ => None,
            },
            _ => None,
        }
    }
}

impl Parse for FieldEntry {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if let Some(format) = sigil(input)? {
            // `%id` and `?id`
            return Self::shorthand(format, input);
        }
        if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            if !input.peek(Token![=]) {
                return Err(Error::new(
                    name.span(),
                    format!("this field has no value; write `{:?} = expression`", name.value()),
                ));
            }
            input.parse::<Token![=]>()?;
            return Self::valued(AttributeKey::Text(name.value()), name.span(), input);
        }
        if input.peek(syn::token::Brace) {
            let braces: Group = input.parse()?;
            let key = AttributeKey::Constant(syn::parse2(braces.stream())?);
            let span = braces.span();
            if !input.peek(Token![=]) {
                let message = format!("this field has no value; write `{} = expression`", key.spelled());
                return Err(Error::new(span, message));
            }
            input.parse::<Token![=]>()?;
            return Self::valued(key, span, input);
        }
        if !input.peek(Ident::peek_any) {
            return Err(without_name(input.span()));
        }
        let ahead = input.fork();
        let (name, span) = dotted(&ahead)?;
        if ahead.peek(Token![=]) && !ahead.peek(Token![==]) {
            dotted(input)?;
            input.parse::<Token![=]>()?;
            return Self::valued(AttributeKey::Text(name), span, input);
        }
        Self::shorthand(ValueFormat::Typed, input)
    }
}

impl FieldEntry {
    /// What is unclear about a name without a value. In `tracing` it declares an empty field, so that code that comes from
    /// there may not mean the value.
    fn ambiguity(&self) -> Option<String> {
        let is_bare = self.is_shorthand && self.format == ValueFormat::Typed;
        let (name, value) = (self.key.spelled(), self.value.as_ref().filter(|_| is_bare)?);
        let choice = format!(
            "write `{name} = {name}` to record the value, or `{name} = Empty` to declare a field that is set later"
        );
        match value {
            Expr::Field(_) => {
                Some(format!("`{name}` alone may be a name with a dot, or a field of a value; {choice}"))
            }
            _ if reads_like_a_secret(&name) => {
                Some(format!("`{name}` may be a secret, so its name alone does not record it; {choice}"))
            }
            _ => None,
        }
    }

    /// A variable or a field of one, which is both the name and the value.
    fn shorthand(format: ValueFormat, input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(without_name(input.span()));
        }
        let (name, span) = dotted(&input.fork())?;
        let value: Expr = input.parse()?;
        match value {
            Expr::Path(_) | Expr::Field(_) => Ok(Self {
                key: AttributeKey::Text(name),
                span,
                format,
                value: Some(value),
                is_shorthand: true,
            }),
            _ => Err(without_name(span)),
        }
    }

    fn valued(key: AttributeKey, span: Span, input: ParseStream<'_>) -> Result<Self> {
        if matches!(&key, AttributeKey::Text(name) if name.is_empty()) {
            return Err(Error::new(span, "the field name is empty; write a name between the quotes"));
        }
        if input.is_empty() || input.peek(Token![,]) {
            let name = key.spelled();
            return Err(Error::new(
                span,
                format!(
                    "the field `{name}` has no value; write `{name} = expression`, or `{name} = Empty` to set it later"
                ),
            ));
        }
        let format = sigil(input)?;
        let value: Expr = input.parse()?;
        let (format, value) = match format {
            Some(format) => (format, value),
            None => called_format(value),
        };
        let is_empty = format == ValueFormat::Typed && is_empty(&value);
        Ok(Self { key, span, format, value: (!is_empty).then_some(value), is_shorthand: false })
    }

    /// One entry of `properties`: `"key": "text with {arguments}"`
    fn property(input: ParseStream<'_>) -> Result<Self> {
        let shape = |error: Error| {
            Error::new(error.span(), "a property must be a name and a text; write `\"name\": \"text\"`")
        };
        let key: LitStr = input.parse().map_err(shape)?;
        input.parse::<Token![:]>().map_err(shape)?;
        let text: LitStr = input.parse().map_err(shape)?;
        if key.value().is_empty() {
            return Err(Error::new(
                key.span(),
                "the property name is empty; write a name between the quotes",
            ));
        }
        let is_formatted = text.value().contains(['{', '}']);
        let value: TokenStream = if is_formatted {
            quote_spanned!(Span::mixed_site().located_at(text.span())=> ::std::format!(#text))
        } else {
            quote_spanned!(text.span()=> #text)
        };
        Ok(Self {
            key: AttributeKey::Text(key.value()),
            span: key.span(),
            format: ValueFormat::Typed,
            value: Some(syn::parse2(value)?),
            is_shorthand: false,
        })
    }
}

/// `Empty` as in `tracing`, with or without its path.
fn is_empty(value: &Expr) -> bool {
    let Expr::Path(path) = ungrouped(value.clone()) else { return false };
    is_of_tracing(&path.path, "Empty")
}

/// `display(value)` and `debug(value)`, which are `%value` and `?value`: `tracing` has both functions in scope here.
fn called_format(value: Expr) -> (ValueFormat, Expr) {
    let Expr::Call(mut call) = ungrouped(value.clone()) else { return (ValueFormat::Typed, value) };
    let format = match &*call.func {
        Expr::Path(path) if is_of_tracing(&path.path, "display") => ValueFormat::Display,
        Expr::Path(path) if is_of_tracing(&path.path, "debug") => ValueFormat::Debug,
        _ => return (ValueFormat::Typed, value),
    };
    match (call.args.pop(), call.args.is_empty()) {
        (Some(argument), true) => (format, argument),
        _ => (ValueFormat::Typed, value),
    }
}

/// Whether a path is this item of `tracing::field`, as far as its spelling shows.
fn is_of_tracing(path: &Path, item: &str) -> bool {
    let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names[..] {
        [last] | ["field", last] | ["tracing" | "tracing_core", "field", last] => last == item,
        _ => false,
    }
}

fn sigil(input: ParseStream<'_>) -> Result<Option<ValueFormat>> {
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
        Ok(Some(ValueFormat::Display))
    } else if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
        Ok(Some(ValueFormat::Debug))
    } else {
        Ok(None)
    }
}

/// `order.id`: identifiers, which may be keywords, with dots between them.
fn dotted(input: ParseStream<'_>) -> Result<(String, Span)> {
    let first = Ident::parse_any(input)?;
    let span = first.span();
    let mut name = first.unraw().to_string();
    while input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        name.push('.');
        if input.peek(syn::LitInt) {
            // `pair.0`
            name.push_str(&input.parse::<syn::LitInt>()?.to_string());
        } else {
            name.push_str(&Ident::parse_any(input)?.unraw().to_string());
        }
    }
    Ok((name, span))
}

fn without_name(place: Span) -> Error {
    Error::new(place, "this expression has no field name; write `name = expression`")
}
