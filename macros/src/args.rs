//! What stands in the parentheses of `#[instrument(..)]`.
//!
//! Every argument is read on its own, so that one mistake does not hide the next: what is wrong with
//! one is noted on its token and the reading goes on after the next comma.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Error, Expr, Ident, LitStr, Result, Token, parenthesized};

/// The names an argument may have, in the order they are told to a person.
const KNOWN: &[&str] = &["name", "kind", "fields", "args", "skip", "skip_all", "err"];

/// The span kinds of the specification, and the variants of `opentelemetry::trace::SpanKind`.
const KINDS: &[(&str, &str)] = &[
    ("internal", "Internal"),
    ("client", "Client"),
    ("server", "Server"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
];

/// The arguments, as written.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<LitStr>,
    pub(crate) kind: Option<Ident>,
    pub(crate) fields: Vec<Field>,
    pub(crate) args: Option<Span>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) skip_all: Option<Span>,
    pub(crate) err: Option<Span>,
}

/// One entry of `fields(..)`.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) form: Form,
    pub(crate) value: Expr,
}

/// How a field's value becomes an attribute's.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    Typed,
    Display,
    Debug,
}

impl Args {
    /// Reads all arguments; what is wrong is collected in the second value.
    pub(crate) fn parse(tokens: TokenStream) -> (Self, Option<Error>) {
        let mut args = Self::default();
        let mut seen: Vec<String> = Vec::new();
        let mut errors: Option<Error> = None;
        for one in split_at_commas(tokens) {
            let parsed = (|input: ParseStream<'_>| args.one(input, &mut seen)).parse2(one);
            if let Err(error) = parsed {
                note(&mut errors, error);
            }
        }
        (args, errors)
    }

    fn one(&mut self, input: ParseStream<'_>, seen: &mut Vec<String>) -> Result<()> {
        if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            return Err(Error::new(
                name.span(),
                format!("a span's name is given as `name = \"{}\"`", name.value()),
            ));
        }
        let argument = Ident::parse_any(input)?;
        let spelled = argument.to_string();
        if KNOWN.contains(&spelled.as_str()) {
            if seen.contains(&spelled) {
                return Err(Error::new(
                    argument.span(),
                    format!("`{spelled}` is given twice; keep one of them"),
                ));
            }
            seen.push(spelled.clone());
        }
        match spelled.as_str() {
            "name" => {
                input.parse::<Token![=]>()?;
                self.name = Some(input.parse()?);
            }
            "kind" => {
                input.parse::<Token![=]>()?;
                self.kind = Some(kind(input)?);
            }
            "fields" => {
                let content;
                parenthesized!(content in input);
                self.fields =
                    Punctuated::<Field, Token![,]>::parse_terminated(&content)?.into_iter().collect();
            }
            "skip" => {
                let content;
                parenthesized!(content in input);
                self.skip =
                    Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)?
                        .into_iter()
                        .collect();
            }
            "args" => self.args = Some(argument.span()),
            "skip_all" => self.skip_all = Some(argument.span()),
            "err" => self.err = Some(argument.span()),
            _ => return Err(unknown(&argument)),
        }
        if input.is_empty() { Ok(()) } else { Err(input.error(format!("expected `,` after `{spelled}`"))) }
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if let Some(form) = sigil(input)? {
            // `%id` and `?id`: the variable is the field.
            let (name, span, value) = place(input)?;
            return Ok(Self { name, span, form, value });
        }
        if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            input.parse::<Token![=]>()?;
            return Self::valued(name.value(), name.span(), input);
        }
        if !input.peek(Ident::peek_any) {
            return Err(nameless(input.span()));
        }
        let ahead = input.fork();
        let (name, span) = dotted(&ahead)?;
        if ahead.peek(Token![=]) {
            let (_, _) = dotted(input)?;
            input.parse::<Token![=]>()?;
            return Self::valued(name, span, input);
        }
        let (name, span, value) = place(input)?;
        Ok(Self { name, span, form: Form::Typed, value })
    }
}

impl Field {
    fn valued(name: String, span: Span, input: ParseStream<'_>) -> Result<Self> {
        if name.is_empty() {
            return Err(Error::new(span, "a field's name cannot be empty"));
        }
        let form = sigil(input)?.unwrap_or(Form::Typed);
        Ok(Self { name, span, form, value: input.parse()? })
    }
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
        name.push_str(&Ident::parse_any(input)?.unraw().to_string());
    }
    Ok((name, span))
}

/// A variable or a field of one, which names the attribute and is its value.
fn place(input: ParseStream<'_>) -> Result<(String, Span, Expr)> {
    let (name, span) = dotted(&input.fork())?;
    let value: Expr = input.parse()?;
    match value {
        Expr::Path(_) | Expr::Field(_) => Ok((name, span, value)),
        _ => Err(nameless(span)),
    }
}

fn nameless(place: Span) -> Error {
    Error::new(place, "an expression needs a name: write `name = expression`")
}

fn kind(input: ParseStream<'_>) -> Result<Ident> {
    let given = Ident::parse_any(input)?;
    let spelled = given.to_string();
    match KINDS.iter().find(|(name, _)| *name == spelled) {
        Some((_, variant)) => Ok(Ident::new(variant, given.span())),
        None => {
            let names: Vec<_> = KINDS.iter().map(|(name, _)| format!("`{name}`")).collect();
            Err(Error::new(given.span(), format!("`{spelled}` is no span kind; one of {}", names.join(", "))))
        }
    }
}

fn unknown(argument: &Ident) -> Error {
    let names: Vec<_> = KNOWN.iter().map(|name| format!("`{name}`")).collect();
    Error::new(
        argument.span(),
        format!(
            "`#[instrument]` has no argument `{argument}`; it has {}. An attribute of the span's is given as \
             `fields({argument} = ..)`",
            names.join(", ")
        ),
    )
}

/// Adds an error to those noted so far.
pub(crate) fn note(errors: &mut Option<Error>, error: Error) {
    match errors {
        Some(first) => first.combine(error),
        None => *errors = Some(error),
    }
}

/// Commas within parentheses lie in a group's own stream, so a flat split is enough. A comma inside
/// `<..>` cannot come up: types stand only inside groups.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => parts.push(TokenStream::new()),
            _ => parts.last_mut().expect("never empty").extend([token]),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}
