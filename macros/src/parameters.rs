//! The function's parameters, and what is recorded of them.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Error, Expr, FnArg, Ident, LitStr, Pat, PatType};

use crate::args::{Args, Form, Key, OnParameter, note};
use crate::function::Function;
use crate::model::{Recorded, Source, Taken};
use crate::pattern::{Binding, by_reference, mentions, plain_name, receiver};

/// A parameter whose name reads like a secret is recorded only by naming it.
const SECRETS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "authorization",
    "credential",
    "cookie",
    "api_key",
    "apikey",
    "private_key",
    "privatekey",
    "access_key",
    "accesskey",
    "bearer",
    "jwt",
];

/// The function's parameters, by the names they bind.
pub(crate) struct Parameters<'a> {
    patterns: Vec<(usize, &'a PatType)>,
    has_receiver: bool,
}

impl<'a> Parameters<'a> {
    pub(crate) fn of(function: &'a Function) -> Self {
        let patterns = function
            .signature
            .inputs
            .iter()
            .enumerate()
            .filter_map(|(index, input)| match input {
                FnArg::Typed(typed) => Some((index, typed)),
                FnArg::Receiver(_) => None,
            })
            .collect();
        Self { patterns, has_receiver: receiver(&function.signature).is_some() }
    }

    pub(crate) fn has(&self, name: &Ident) -> bool {
        (name == "self" && self.has_receiver)
            || self.patterns.iter().any(|(_, parameter)| binds(&parameter.pat, name))
    }

    /// Whether what an expression begins with is something that the function has: a parameter, or a
    /// name that is not a variable's at all.
    pub(crate) fn could_have(&self, value: &Expr) -> bool {
        variable(value).is_none_or(|name| self.has(name))
    }

    /// The parameters whose patterns, being no plain names, bind what an expression mentions.
    pub(crate) fn mentioned_in(&self, tokens: &TokenStream) -> Vec<Taken> {
        self.patterns
            .iter()
            .filter(|(_, parameter)| plain_name(&parameter.pat).is_none())
            .filter_map(|(index, parameter)| {
                let (bindings, pattern) = by_reference(&parameter.pat)?;
                let mentioned = bindings.iter().any(|bound| mentions(tokens.clone(), &bound.name));
                mentioned.then_some(Taken { index: *index, pattern })
            })
            .collect()
    }

    /// What `args` asks for, and `#[field]` on a parameter.
    pub(crate) fn record(&self, args: &Args, recorded: &mut Vec<Recorded>, errors: &mut Option<Error>) {
        for (index, parameter) in &self.patterns {
            let asked = match on_parameter(parameter) {
                Ok(asked) => asked,
                Err(error) => {
                    note(errors, error);
                    continue;
                }
            };
            let parameter =
                Parameter { index: *index, pattern: &parameter.pat, conditions: conditions(parameter) };
            match asked {
                Some(asked) => parameter.record_as(&asked, recorded, errors),
                None if args.args.is_some() => parameter.record(args, recorded, errors),
                None => {}
            }
        }
    }
}

/// One parameter that is to be recorded.
struct Parameter<'a> {
    index: usize,
    pattern: &'a Pat,
    conditions: Vec<Attribute>,
}

impl Parameter<'_> {
    fn recorded(&self, name: &Ident, key: Option<&LitStr>, source: Source) -> Recorded {
        Recorded {
            key: Key::Text(key.map_or_else(|| name.unraw().to_string(), LitStr::value)),
            span: name.span(),
            source,
            conditions: self.conditions.clone(),
        }
    }

    /// By `args`.
    fn record(&self, args: &Args, recorded: &mut Vec<Recorded>, errors: &mut Option<Error>) {
        if let Some(name) = plain_name(self.pattern) {
            if !args.skip.contains(name) && !reads_like_a_secret(name) && !is_made_up(name) {
                recorded.push(self.recorded(name, None, Source::Argument(Form::Typed, name.clone())));
            }
            return;
        }
        let Some((bindings, matching)) = by_reference(self.pattern) else {
            note(errors, cannot_look_into(self.pattern));
            return;
        };
        let skipped = |bound: &Binding| {
            args.skip.contains(&bound.name)
                || bound.known_as.iter().any(|name| args.skip.contains(name))
                || is_secret(bound)
        };
        for Binding { name, .. } in bindings.iter().filter(|bound| !skipped(bound)) {
            let taken = Taken { index: self.index, pattern: matching.clone() };
            recorded.push(self.recorded(name, None, Source::Bound(Form::Typed, taken, name.clone())));
        }
    }

    /// By `#[field]`.
    fn record_as(&self, asked: &OnParameter, recorded: &mut Vec<Recorded>, errors: &mut Option<Error>) {
        let key = asked.name.as_ref();
        if let Some(name) = plain_name(self.pattern) {
            if key.is_none() && (reads_like_a_secret(name) || is_made_up(name)) {
                note(errors, is_a_secret(asked.span, name));
            } else {
                recorded.push(self.recorded(name, key, Source::Argument(asked.form, name.clone())));
            }
            return;
        }
        let Some((bindings, matching)) = by_reference(self.pattern) else {
            note(errors, cannot_look_into(self.pattern));
            return;
        };
        if let (Some(key), true) = (key, bindings.len() != 1) {
            note(
                errors,
                Error::new(
                    key.span(),
                    format!(
                        "this names one attribute, and the pattern binds {}; leave the name out, or use `fields(..)`",
                        match bindings.len() {
                            0 => "nothing".to_owned(),
                            many => format!("{many} names"),
                        }
                    ),
                ),
            );
            return;
        }
        for bound in bindings {
            let name = &bound.name;
            if key.is_none() && is_secret(&bound) {
                note(errors, is_a_secret(asked.span, name));
                continue;
            }
            let taken = Taken { index: self.index, pattern: matching.clone() };
            recorded.push(self.recorded(name, key, Source::Bound(asked.form, taken, name.clone())));
        }
    }
}

fn cannot_look_into(pattern: &Pat) -> Error {
    Error::new_spanned(
        pattern,
        "this pattern cannot be looked into without taking the value apart; set what is to be recorded by \
         `spanwise::set_attribute` inside the function, or take the argument by a plain name",
    )
}

fn is_a_secret(place: Span, name: &Ident) -> Error {
    Error::new(
        place,
        format!(
            "`{name}` reads like a secret, which is recorded only by naming it: `#[field(name = \"{name}\")]`, if that \
             is what you want"
        ),
    )
}

/// `#[field]` of a parameter's; two of them are one too many.
fn on_parameter(parameter: &PatType) -> Result<Option<OnParameter>, Error> {
    let mut ours = parameter.attrs.iter().filter(|attribute| OnParameter::is(attribute));
    let Some(first) = ours.next() else { return Ok(None) };
    if let Some(second) = ours.next() {
        return Err(Error::new_spanned(second, "`#[field]` is given twice; keep one of them"));
    }
    OnParameter::parse(first).map(Some)
}

/// Whether a pattern binds this name, or something that is called so.
pub(crate) fn binds(pattern: &Pat, name: &Ident) -> bool {
    match by_reference(pattern) {
        Some((bindings, _)) => {
            bindings.iter().any(|bound| bound.name == *name || bound.known_as.contains(name))
        }
        None => mentions(pattern.to_token_stream(), name),
    }
}

/// The conditions under which a parameter is there at all.
pub(crate) fn conditions(parameter: &PatType) -> Vec<Attribute> {
    parameter.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// The variable that a place in one begins with, but `self`.
pub(crate) fn variable(value: &Expr) -> Option<&Ident> {
    match value {
        Expr::Field(field) => variable(&field.base),
        Expr::Path(path) => path.path.get_ident().filter(|name| *name != "self" && is_variable(name)),
        _ => None,
    }
}

/// By how it is written: constants and statics are in capitals.
fn is_variable(name: &Ident) -> bool {
    name.unraw().to_string().chars().any(char::is_lowercase)
}

fn is_secret(bound: &Binding) -> bool {
    reads_like_a_secret(&bound.name) || bound.known_as.iter().any(reads_like_a_secret)
}

/// What `#[async_trait]` calls a parameter whose pattern it has moved into the body: it is not known
/// what it holds.
fn is_made_up(name: &Ident) -> bool {
    let name = name.to_string();
    name.strip_prefix("__arg").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn reads_like_a_secret(name: &Ident) -> bool {
    let name = name.to_string().to_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}
