//! `fields(..)`, and `#[field]` on a parameter.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Expr, Ident, LitStr, Meta, Result, Token};

use super::suggest::no_option;
use super::{assigned, bare, each};

/// One entry of `fields(..)`.
pub(crate) struct Field {
    pub(crate) key: Key,
    pub(crate) span: Span,
    pub(crate) form: Form,
    /// `None`: declared, to be filled later.
    pub(crate) value: Option<Expr>,
    /// Without a name of its own: the value has to be something that the function has.
    pub(crate) is_shorthand: bool,
}

/// What an attribute is called.
#[derive(Clone)]
pub(crate) enum Key {
    Text(String),
    /// `{CONSTANT}`
    Constant(Box<Expr>),
}

/// How a value becomes an attribute's.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Typed,
    Display,
    Debug,
}

impl Key {
    /// Whether two keys are the same, as far as the source tells.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(this), Self::Text(other)) => this == other,
            (Self::Constant(this), Self::Constant(other)) => {
                this.to_token_stream().to_string() == other.to_token_stream().to_string()
            }
            _ => false,
        }
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if let Some(form) = sigil(input)? {
            // `%id` and `?id`: the variable is the field.
            return Self::shorthand(form, input);
        }
        if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            if !input.peek(Token![=]) {
                return Err(Error::new(
                    name.span(),
                    "a quoted name needs a value: write `\"name\" = expression`",
                ));
            }
            input.parse::<Token![=]>()?;
            return Self::valued(Key::Text(name.value()), name.span(), input);
        }
        if input.peek(syn::token::Brace) {
            let braces: Group = input.parse()?;
            let key = Key::Constant(syn::parse2(braces.stream())?);
            let span = braces.span();
            if !input.peek(Token![=]) {
                return Err(Error::new(
                    span,
                    "a name that is a constant needs a value: write `{NAME} = expression`",
                ));
            }
            input.parse::<Token![=]>()?;
            return Self::valued(key, span, input);
        }
        if !input.peek(Ident::peek_any) {
            return Err(nameless(input.span()));
        }
        let ahead = input.fork();
        let (name, span) = dotted(&ahead)?;
        if ahead.peek(Token![=]) && !ahead.peek(Token![==]) {
            let (_, _) = dotted(input)?;
            input.parse::<Token![=]>()?;
            return Self::valued(Key::Text(name), span, input);
        }
        Self::shorthand(Form::Typed, input)
    }
}

impl Field {
    /// A variable or a field of one, which names the attribute and is its value.
    fn shorthand(form: Form, input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(nameless(input.span()));
        }
        let (name, span) = dotted(&input.fork())?;
        let value: Expr = input.parse()?;
        match value {
            Expr::Path(_) | Expr::Field(_) => {
                Ok(Self { key: Key::Text(name), span, form, value: Some(value), is_shorthand: true })
            }
            _ => Err(nameless(span)),
        }
    }

    fn valued(key: Key, span: Span, input: ParseStream<'_>) -> Result<Self> {
        if matches!(&key, Key::Text(name) if name.is_empty()) {
            return Err(Error::new(span, "a field's name cannot be empty"));
        }
        if input.is_empty() || input.peek(Token![,]) {
            return Err(Error::new(
                span,
                "this field lacks its value; one that is filled later is `= Empty`",
            ));
        }
        let form = sigil(input)?.unwrap_or(Form::Typed);
        let value: Expr = input.parse()?;
        let is_empty = form == Form::Typed && is_empty(&value);
        Ok(Self { key, span, form, value: (!is_empty).then_some(value), is_shorthand: false })
    }

    /// fastrace's `"key": "text with {arguments}"`
    pub(super) fn property(input: ParseStream<'_>) -> Result<Self> {
        let shape =
            |error: Error| Error::new(error.span(), "a property is a name and a text: `\"name\": \"text\"`");
        let key: LitStr = input.parse().map_err(shape)?;
        input.parse::<Token![:]>().map_err(shape)?;
        let text: LitStr = input.parse().map_err(shape)?;
        if key.value().is_empty() {
            return Err(Error::new(key.span(), "a property's name cannot be empty"));
        }
        let formatted = text.value().contains(['{', '}']);
        let value: TokenStream = if formatted {
            quote_spanned!(Span::mixed_site().located_at(text.span())=> ::std::format!(#text))
        } else {
            quote_spanned!(text.span()=> #text)
        };
        Ok(Self {
            key: Key::Text(key.value()),
            span: key.span(),
            form: Form::Typed,
            value: Some(syn::parse2(value)?),
            is_shorthand: false,
        })
    }
}

/// `Empty`, as `tracing` has it: alone, or in its module.
fn is_empty(value: &Expr) -> bool {
    let Expr::Path(path) = bare(value.clone()) else { return false };
    let names: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    matches!(names[..], ["Empty"] | ["field", "Empty"] | ["tracing", "field", "Empty"])
}

fn sigil(input: ParseStream<'_>) -> Result<Option<Form>> {
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
        Ok(Some(Form::Display))
    } else if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
        Ok(Some(Form::Debug))
    } else {
        Ok(None)
    }
}

/// `order.id`: a name made of identifiers, keywords among them, and dots.
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

fn nameless(place: Span) -> Error {
    Error::new(place, "an expression needs a name: write `name = expression`")
}

/// `#[field]` on a parameter.
pub(crate) struct OnParameter {
    pub(crate) span: Span,
    pub(crate) name: Option<LitStr>,
    pub(crate) form: Form,
}

impl OnParameter {
    /// Whether this attribute is ours.
    pub(crate) fn is(attribute: &Attribute) -> bool {
        let segments = &attribute.path().segments;
        segments.last().is_some_and(|last| last.ident == "field")
            && (segments.len() == 1 || segments.first().is_some_and(|first| first.ident == "spanwise"))
    }

    pub(crate) fn parse(attribute: &Attribute) -> Result<Self> {
        let span = attribute.path().segments.last().map_or_else(Span::call_site, |last| last.ident.span());
        let mut field = Self { span, name: None, form: Form::Typed };
        match &attribute.meta {
            Meta::Path(_) => {}
            Meta::List(list) => each(list.tokens.clone(), |input| field.option(input))?,
            Meta::NameValue(_) => {
                return Err(Error::new(
                    span,
                    "a field's options stand in parentheses: `#[field(name = \"..\")]`",
                ));
            }
        }
        Ok(field)
    }

    fn option(&mut self, input: ParseStream<'_>) -> Result<()> {
        let option = Ident::parse_any(input)?;
        match option.to_string().as_str() {
            "name" => {
                let name: LitStr = assigned(&option, input)?.parse()?;
                if name.value().is_empty() {
                    return Err(Error::new(name.span(), "a field's name cannot be empty"));
                }
                self.name = Some(name);
            }
            "debug" | "display" if self.form != Form::Typed => {
                return Err(Error::new(
                    option.span(),
                    "`debug` and `display` are two ways to record one thing; keep one of them",
                ));
            }
            "debug" => self.form = Form::Debug,
            "display" => self.form = Form::Display,
            _ => return Err(no_option("#[field]", &option, &["name", "debug", "display"])),
        }
        Ok(())
    }
}
