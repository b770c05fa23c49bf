//! What stands in the parentheses of `#[instrument(..)]`.
//!
//! Every argument is read on its own, so that one mistake does not hide the next: what is wrong with
//! one is noted on its token and the reading goes on after the next comma.

mod field;
mod outcome;
mod suggest;
mod words;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use suggest::{listed, nearest};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Expr, ExprLit, Ident, Lit, LitBool, LitStr, Path, Result, Token};

pub(crate) use field::{Field, Form, Key, OnParameter};
pub(crate) use outcome::{OnErr, OnReturn};

/// The names an argument may have, in the order they are told to a person.
pub(crate) const KNOWN: &[&str] = &[
    "name",
    "kind",
    "scope",
    "target",
    "level",
    "parent",
    "root",
    "links",
    "follows_from",
    "fields",
    "args",
    "skip",
    "skip_all",
    "err",
    "ret",
    "enter_on_poll",
    "unpublished",
    "crate",
    "off",
    "short_name",
    "properties",
];

/// What the attribute on an `impl` block, a trait or a module passes to the functions in it.
pub(crate) const DEFAULTS: &str = "__defaults";
/// The name of what a function stands in.
pub(crate) const WITHIN: &str = "__within";

/// The arguments, as written.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Option<Name>,
    /// fastrace's: `false` puts the module's path before the name.
    pub(crate) short_name: Option<LitBool>,
    pub(crate) kind: Option<Ident>,
    pub(crate) scope: Option<Text>,
    pub(crate) level: Option<Ident>,
    pub(crate) parent: Option<Parent>,
    pub(crate) links: Vec<Expr>,
    pub(crate) fields: Vec<Field>,
    pub(crate) args: Option<Span>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) skip_all: Option<Span>,
    pub(crate) err: Option<OnErr>,
    pub(crate) ret: Option<OnReturn>,
    pub(crate) enter_on_poll: Option<LitBool>,
    pub(crate) unpublished: Option<Span>,
    pub(crate) path: Option<Path>,
    pub(crate) off: Option<Span>,
    pub(crate) within: Option<String>,
    pub(crate) defaults: TokenStream,
}

/// A span's name.
pub(crate) enum Name {
    /// `"load"`, or a constant's path
    Static(Text),
    /// `format!(..)`, made where the span is recorded
    Formatted(TokenStream),
}

/// Text that is known when the program is compiled.
#[derive(Clone)]
pub(crate) enum Text {
    Literal(LitStr),
    Constant(Path),
}

/// What a span hangs on, in place of the current one.
pub(crate) enum Parent {
    Nothing,
    Given(Expr),
}

impl Parent {
    /// The expression that says what.
    pub(crate) fn expression(&self) -> Option<&Expr> {
        match self {
            Self::Given(expression) => Some(expression),
            Self::Nothing => None,
        }
    }
}

impl Args {
    /// What is evaluated before the span starts, but the fields: the name, the parent, the links.
    pub(crate) fn set_up(&self) -> TokenStream {
        let mut tokens = match &self.name {
            Some(Name::Formatted(tokens)) => tokens.clone(),
            _ => TokenStream::new(),
        };
        let parent = self.parent.as_ref().and_then(Parent::expression);
        tokens.extend(parent.into_iter().chain(&self.links).map(Expr::to_token_stream));
        tokens
    }

    /// Reads all arguments; what is wrong is collected in the second value.
    pub(crate) fn parse(tokens: TokenStream) -> (Self, Option<Error>) {
        let mut args = Self::default();
        let mut seen = Vec::new();
        let mut errors = each(tokens, |input| args.one(input, &mut seen)).err();
        args.contradictions(&mut errors);
        (args, errors)
    }

    fn one(&mut self, input: ParseStream<'_>, seen: &mut Vec<String>) -> Result<()> {
        if input.peek(LitStr) {
            let name: LitStr = input.parse()?;
            return Err(Error::new(
                name.span(),
                format!("a span's name is given as `name = {:?}`", name.value()),
            ));
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format!("expected one of the arguments: {}", listed(KNOWN))));
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
        self.value(&argument, &spelled, input)?;
        if input.is_empty() || input.peek(Token![,]) {
            Ok(())
        } else {
            Err(input.error(format!("expected `,` after `{spelled}`")))
        }
    }

    fn value(&mut self, argument: &Ident, spelled: &str, input: ParseStream<'_>) -> Result<()> {
        match spelled {
            "name" => self.name = Some(name(assigned(argument, input)?)?),
            "short_name" => self.short_name = Some(switch(argument, input)?),
            "kind" => self.kind = Some(words::kind(assigned(argument, input)?)?),
            "scope" | "target" => {
                if self.scope.is_some() {
                    return Err(Error::new(
                        argument.span(),
                        "`scope` and `target` are two names of one thing; keep one of them",
                    ));
                }
                self.scope = Some(constant(assigned(argument, input)?.parse()?, spelled)?);
            }
            "level" => self.level = Some(words::level(assigned(argument, input)?)?),
            "parent" => {
                let expression = bare(assigned(argument, input)?.parse()?);
                let is_none = matches!(&expression, Expr::Path(path) if path.path.is_ident("None"));
                let parent = if is_none { Parent::Nothing } else { Parent::Given(expression) };
                self.give_parent(argument, parent)?;
            }
            "root" => self.give_parent(argument, Parent::Nothing)?,
            "links" | "follows_from" => self.links.push(assigned(argument, input)?.parse()?),
            "fields" => each(in_parentheses(argument, input)?, |input| {
                self.fields.push(input.parse()?);
                Ok(())
            })?,
            "properties" => {
                let group: Group = assigned(argument, input)?.parse()?;
                if group.delimiter() != Delimiter::Brace {
                    return Err(Error::new(
                        group.span(),
                        "properties stand in braces: `properties = { \"name\": \"text\" }`",
                    ));
                }
                each(group.stream(), |input| {
                    self.fields.push(Field::property(input)?);
                    Ok(())
                })?;
            }
            "skip" => each(in_parentheses(argument, input)?, |input| {
                self.skip.push(Ident::parse_any(input)?);
                Ok(())
            })?,
            "args" => self.args = Some(argument.span()),
            "skip_all" => self.skip_all = Some(argument.span()),
            "err" => self.err = Some(OnErr::parse(argument, input)?),
            "ret" => self.ret = Some(OnReturn::parse(argument, input)?),
            "enter_on_poll" => self.enter_on_poll = Some(switch(argument, input)?),
            "unpublished" => self.unpublished = Some(argument.span()),
            "crate" => {
                let path = assigned(argument, input)?.call(Path::parse_mod_style);
                self.path = Some(path.map_err(|error| {
                    Error::new(
                        error.span(),
                        "`crate` is the path at which Spanwise is: `crate = my::spanwise`",
                    )
                })?);
            }
            "off" => self.off = Some(argument.span()),
            DEFAULTS => self.defaults = in_parentheses(argument, input)?,
            WITHIN => {
                self.within = Some(syn::parse2::<LitStr>(in_parentheses(argument, input)?)?.value());
            }
            _ => {
                // Whatever it is, all of it is passed over: it is told once.
                let ahead = input.fork();
                if ahead.parse::<Token![=]>().is_ok() && ahead.parse::<Expr>().is_ok() {
                    input.parse::<Token![=]>()?;
                    input.parse::<Expr>()?;
                }
                skip_to_comma(input)?;
                return Err(unknown(argument));
            }
        }
        Ok(())
    }

    fn give_parent(&mut self, argument: &Ident, parent: Parent) -> Result<()> {
        match self.parent.replace(parent) {
            None => Ok(()),
            Some(_) => Err(Error::new(
                argument.span(),
                "`parent` names what the span hangs on and `root` says that it hangs on nothing; keep one of the two",
            )),
        }
    }

    /// What no function can have at once.
    fn contradictions(&self, errors: &mut Option<Error>) {
        if let (Some(_), Some(span)) = (self.args, self.skip_all) {
            note(
                errors,
                Error::new(
                    span,
                    "`args` records the arguments and `skip_all` leaves all of them out; keep one of the two",
                ),
            );
        }
        if let (Some(Name::Static(_)), Some(short)) = (&self.name, &self.short_name) {
            note(
                errors,
                Error::new(
                    short.span(),
                    "`name` gives the whole name, of which there is no short form; keep one of the two",
                ),
            );
        }
    }
}

/// What comes after the `=` of an argument.
fn assigned<'a>(argument: &Ident, input: ParseStream<'a>) -> Result<ParseStream<'a>> {
    if !input.peek(Token![=]) {
        return Err(Error::new(argument.span(), format!("`{argument}` takes a value: `{argument} = ..`")));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(argument.span(), format!("`{argument} =` lacks its value")));
    }
    Ok(input)
}

/// The tokens of an argument's list. They are read by themselves, so that what is wrong in them is
/// told once.
fn in_parentheses(argument: &Ident, input: ParseStream<'_>) -> Result<TokenStream> {
    match input.cursor().group(Delimiter::Parenthesis) {
        Some(_) => Ok(input.parse::<Group>()?.stream()),
        None => Err(Error::new(argument.span(), format!("`{argument}` takes a list: `{argument}(..)`"))),
    }
}

/// Reads the entries of a list, each on its own.
fn each(list: TokenStream, mut read: impl FnMut(ParseStream<'_>) -> Result<()>) -> Result<()> {
    let mut errors = None;
    let all = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(error) = read(input) {
                note(&mut errors, error);
                skip_to_comma(input)?;
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    if let Err(error) = all.parse2(list) {
        note(&mut errors, error);
    }
    errors.map_or(Ok(()), Err)
}

/// `name`, or `name = true`
fn switch(argument: &Ident, input: ParseStream<'_>) -> Result<LitBool> {
    if !input.peek(Token![=]) {
        return Ok(LitBool::new(true, argument.span()));
    }
    input.parse::<Token![=]>()?;
    input.parse().map_err(|error| Error::new(error.span(), format!("`{argument}` is `true` or `false`")))
}

/// An expression out of the groups without delimiters that a macro's `$name:literal` comes in.
pub(crate) fn bare(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => bare(*group.expr),
        other => other,
    }
}

fn name(input: ParseStream<'_>) -> Result<Name> {
    match bare(input.parse()?) {
        Expr::Macro(call) if call.mac.path.segments.last().is_some_and(|last| last.ident == "format") => {
            Ok(Name::Formatted(call.mac.tokens))
        }
        expression => constant(expression, "name").map(Name::Static),
    }
}

fn constant(expression: Expr, argument: &str) -> Result<Text> {
    match bare(expression) {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().is_empty() => {
            let what = if argument == "name" { "a span's name" } else { "a scope's name" };
            Err(Error::new(text.span(), format!("{what} cannot be empty")))
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(Text::Literal(text)),
        Expr::Path(path) if path.qself.is_none() && !path.path.is_ident("self") => {
            match path.path.segments.first() {
                Some(first) if first.ident == "Self" => Err(Error::new_spanned(
                    &path,
                    "what is named by way of `Self` is not known where the span's callsite is, which is a static; use \
                     a constant's full path, or `format!(\"{}\", ..)` for a name",
                )),
                _ => Ok(Text::Constant(path.path)),
            }
        }
        other => Err(Error::new_spanned(
            other,
            match argument {
                "name" => "a span's name is text, a constant, or `format!(..)` over the arguments".to_owned(),
                _ => format!("`{argument}` is text or a constant"),
            },
        )),
    }
}

fn unknown(argument: &Ident) -> Error {
    let spelled = argument.to_string();
    let message = match nearest(&spelled, KNOWN) {
        Some(near) => format!("`#[instrument]` has no argument `{argument}`; did you mean `{near}`?"),
        None => format!(
            "`#[instrument]` has no argument `{argument}`; it has {}. An attribute of the span's is given as \
             `fields({argument} = ..)`",
            listed(KNOWN)
        ),
    };
    Error::new(argument.span(), message)
}

/// Adds an error to those noted so far.
pub(crate) fn note(errors: &mut Option<Error>, error: Error) {
    match errors {
        Some(first) => first.combine(error),
        None => *errors = Some(error),
    }
}

fn skip_to_comma(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
