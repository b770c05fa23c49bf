//! The arguments joined with the function they stand on, and everything that is refused.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, Error, Expr, FnArg, Ident, Pat, PatType};

use crate::args::{Args, Form, note};
use crate::expand;
use crate::function::{Function, ReturnedFuture, by_reference, plain_name, receiver};

/// Everything an expansion needs to know.
pub(crate) struct Model {
    pub(crate) function: Function,
    pub(crate) name: String,
    pub(crate) kind: Ident,
    pub(crate) attributes: Vec<Recorded>,
    pub(crate) err: Option<proc_macro2::Span>,
    pub(crate) shape: Shape,
}

/// How the body runs under its span.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// In a closure, whose result tells the outcome.
    Closure,
    /// In place, where a closure would show: its outcome is only whether it panicked.
    InPlace,
    /// In an async block, made and polled under the span; the function itself is not async any more.
    Async,
    /// In an async block within a function that has to stay async.
    AsyncWithin,
    /// In a closure that makes a future, which goes on under the same span.
    Returns(ReturnedFuture),
}

/// One attribute of the span.
pub(crate) struct Recorded {
    pub(crate) key: String,
    pub(crate) span: proc_macro2::Span,
    pub(crate) source: Source,
    /// `#[cfg]` on the parameter it is of.
    pub(crate) conditions: Vec<Attribute>,
}

/// Where an attribute's value comes from.
pub(crate) enum Source {
    /// `fields(..)`, and the parameters whose patterns bind what it mentions
    Field(Form, Expr, Vec<Taken>),
    /// `args`, of a parameter that is a plain name
    Argument(Ident),
    /// `args`, of a name that a parameter's pattern binds
    Bound(Taken, Ident),
}

/// A parameter whose pattern is no plain name: which, and the pattern as it matches a reference.
pub(crate) struct Taken {
    pub(crate) index: usize,
    pub(crate) pattern: Pat,
}

/// A parameter whose name reads like a secret is recorded only by naming it in `fields(..)`.
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
];

/// The attribute: arguments and item in, tokens out. Whatever is wrong, the item is still there, so
/// that one mistake in the parentheses is not told as a hundred in the code that calls the function.
pub(crate) fn instrument(args: TokenStream, item: TokenStream) -> TokenStream {
    let (args, mut errors) = Args::parse(args);
    match syn::parse2::<Function>(item.clone()) {
        Ok(function) => match Model::new(args, function, &mut errors) {
            Some(model) if errors.is_none() => expand::expand(model),
            _ => with_errors(errors, item),
        },
        Err(error) => {
            note(&mut errors, error);
            with_errors(errors, item)
        }
    }
}

fn with_errors(errors: Option<Error>, item: TokenStream) -> TokenStream {
    let errors = errors.map(|errors| errors.to_compile_error());
    quote!(#errors #item)
}

impl Model {
    fn new(args: Args, function: Function, errors: &mut Option<Error>) -> Option<Self> {
        if let Some(token) = &function.signature.constness {
            note(
                errors,
                Error::new_spanned(
                    token,
                    "a `const fn` cannot be recorded: it may run in the compiler, where no span can start; \
                     remove `const`, or record the function that calls it",
                ),
            );
        }
        if let Some(token) = &function.signature.variadic {
            note(errors, Error::new_spanned(token, "a variadic function cannot be recorded"));
        }
        let shape = shape(&function);
        if let (Shape::InPlace, Some(span)) = (shape, args.err)
            && let Some(why) = hides_its_result(&function)
        {
            note(errors, Error::new(span, why));
        }
        let attributes = attributes(&args, &function, errors);
        let name = match &args.name {
            Some(name) => name.value(),
            None => syn::ext::IdentExt::unraw(&function.signature.ident).to_string(),
        };
        if let (true, Some(literal)) = (name.is_empty(), &args.name) {
            note(errors, Error::new(literal.span(), "a span's name cannot be empty"));
        }
        if errors.is_some() {
            return None;
        }
        let kind = args.kind.unwrap_or_else(|| Ident::new("Internal", proc_macro2::Span::mixed_site()));
        Some(Self { name, kind, attributes, err: args.err, shape, function })
    }
}

/// Why the result of a body that runs in place cannot be seen, where it may be a failure.
fn hides_its_result(function: &Function) -> Option<&'static str> {
    if function.is_track_caller() {
        Some(
            "`err` cannot be had under `#[track_caller]`: seeing the result takes a closure around the body, which \
             would hide the caller's location; remove one of the two",
        )
    } else if function.never_returns() {
        Some("`err` has nothing to see here: this function never returns")
    } else if function.returns_wider_future() {
        Some(
            "`err` cannot see what this future gives: it is more than a future, so no other can be put around it; \
             make the function `async`, or return `impl Future` alone",
        )
    } else {
        None
    }
}

fn shape(function: &Function) -> Shape {
    if function.signature.asyncness.is_some() {
        // `!` can be written only as a function's type, so a function that has it stays as it is.
        match function.has_other_macros() || function.never_returns() {
            true => Shape::AsyncWithin,
            false => Shape::Async,
        }
    } else if function.is_track_caller() || function.never_returns() {
        Shape::InPlace
    } else if let Some(held) = function.returned_future() {
        Shape::Returns(held)
    } else if function.returns_impl() {
        // Never a `Result`; and what it is may have to be inferred from the signature.
        Shape::InPlace
    } else {
        Shape::Closure
    }
}

fn attributes(args: &Args, function: &Function, errors: &mut Option<Error>) -> Vec<Recorded> {
    let parameters = Parameters::of(function);
    for name in &args.skip {
        if !parameters.has(name) {
            note(
                errors,
                Error::new(
                    name.span(),
                    format!("`skip` names no parameter of this function: there is no `{name}`"),
                ),
            );
        }
    }
    let mut recorded = Vec::new();
    match (args.args, args.skip_all) {
        (Some(_), Some(span)) => note(
            errors,
            Error::new(
                span,
                "`args` records the arguments and `skip_all` leaves all of them out; keep one of the two",
            ),
        ),
        (Some(_), None) => parameters.record(args, &mut recorded, errors),
        (None, _) => {}
    }
    for field in &args.fields {
        // A field of the same name says more precisely what is wanted than `args` does.
        recorded.retain(|earlier: &Recorded| {
            earlier.key != field.name || matches!(earlier.source, Source::Field(..))
        });
        if recorded.iter().any(|earlier| earlier.key == field.name) {
            note(errors, Error::new(field.span, format!("the field `{}` is given twice", field.name)));
            continue;
        }
        recorded.push(Recorded {
            key: field.name.clone(),
            span: field.span,
            source: Source::Field(field.form, field.value.clone(), parameters.mentioned_in(&field.value)),
            conditions: Vec::new(),
        });
    }
    recorded
}

/// The function's parameters, by the names they bind.
struct Parameters<'a> {
    patterns: Vec<(usize, &'a PatType)>,
    has_receiver: bool,
}

impl<'a> Parameters<'a> {
    fn of(function: &'a Function) -> Self {
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

    fn has(&self, name: &Ident) -> bool {
        (name == "self" && self.has_receiver)
            || self.patterns.iter().any(|(_, parameter)| mentions(parameter.pat.to_token_stream(), name))
    }

    /// The parameters whose patterns, being no plain names, bind what an expression mentions.
    fn mentioned_in(&self, value: &Expr) -> Vec<Taken> {
        self.patterns
            .iter()
            .filter(|(_, parameter)| plain_name(&parameter.pat).is_none())
            .filter_map(|(index, parameter)| {
                let (names, pattern) = by_reference(&parameter.pat)?;
                let mentioned = names.iter().any(|name| mentions(value.to_token_stream(), name));
                mentioned.then_some(Taken { index: *index, pattern })
            })
            .collect()
    }

    fn record(&self, args: &Args, recorded: &mut Vec<Recorded>, errors: &mut Option<Error>) {
        let skipped = |name: &Ident| args.skip.contains(name) || reads_like_a_secret(name);
        for (index, parameter) in &self.patterns {
            let pattern = &*parameter.pat;
            let conditions = conditions(parameter);
            let argument = |name: &Ident, source| Recorded {
                key: syn::ext::IdentExt::unraw(name).to_string(),
                span: name.span(),
                source,
                conditions: conditions.clone(),
            };
            if let Some(name) = plain_name(pattern) {
                if !skipped(name) {
                    recorded.push(argument(name, Source::Argument(name.clone())));
                }
                continue;
            }
            let Some((names, matching)) = by_reference(pattern) else {
                note(
                    errors,
                    Error::new_spanned(
                        pattern,
                        "`args` cannot look into this pattern without taking the value apart; name what is to be \
                         recorded in `fields(..)` inside the function, or take the argument by a plain name",
                    ),
                );
                continue;
            };
            for name in names.iter().filter(|name| !skipped(name)) {
                let taken = Taken { index: *index, pattern: matching.clone() };
                recorded.push(argument(name, Source::Bound(taken, name.clone())));
            }
        }
    }
}

/// The conditions under which a parameter is there at all.
pub(crate) fn conditions(parameter: &PatType) -> Vec<Attribute> {
    parameter.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

fn reads_like_a_secret(name: &Ident) -> bool {
    let name = name.to_string().to_lowercase();
    SECRETS.iter().any(|secret| name.contains(secret))
}

fn mentions(pattern: TokenStream, name: &Ident) -> bool {
    pattern.into_iter().any(|token| match token {
        proc_macro2::TokenTree::Ident(ident) => ident == *name,
        proc_macro2::TokenTree::Group(group) => mentions(group.stream(), name),
        // `format!("{name}")`
        proc_macro2::TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        _ => false,
    })
}
