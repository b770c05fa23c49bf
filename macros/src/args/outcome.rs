//! `err` and `ret`: what is recorded of the function's result.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Result};

use super::argument::{FunctionFacts, InstrumentArgument};
use super::level::{GivenLevel, level};
use crate::errors::Errors;
use crate::function::async_return::{AsyncKind, names_result, unwrappable_async_return};
use crate::function::body_shape::BodyShape;
use crate::function::return_type::returns_never;
use crate::syntax::list::{Commas, each_entry, list_of, value_of};
use crate::syntax::suggest::unknown_option;
use crate::syntax::tokens::ungrouped;
use crate::syntax::value::ValueFormat;

/// `err`, `err(Debug, level = warn, if = |error| ..)`, `err(off)`
#[derive(Default)]
pub(crate) struct ErrArgument {
    pub(crate) given: Option<ErrOptions>,
}

pub(crate) struct ErrOptions {
    /// The place of the word `err`
    pub(crate) span: Span,
    /// `Typed` if no format is given
    pub(crate) format: ValueFormat,
    pub(crate) level: Option<GivenLevel>,
    pub(crate) condition: Option<Box<Expr>>,
    pub(crate) is_off: bool,
}

impl InstrumentArgument for ErrArgument {
    const NAMES: &'static [&'static str] = &["err"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        let mut err = ErrOptions {
            span: name.span(),
            format: ValueFormat::Typed,
            level: None,
            condition: None,
            is_off: false,
        };
        let mut options = 0;
        each_option(name, input, |option, input| {
            options += 1;
            match option.to_string().as_str() {
                "Debug" => err.format = ValueFormat::Debug,
                "Display" => err.format = ValueFormat::Display,
                "level" => err.level = Some(level(value_of(option, input)?)?),
                "if" => err.condition = Some(Box::new(condition(option, input)?)),
                "off" => err.is_off = true,
                _ => {
                    return Err(unknown_option("err", option, &["Debug", "Display", "level", "if", "off"]));
                }
            }
            Ok(())
        })?;
        if err.is_off && options > 1 {
            return Err(Error::new(
                err.span,
                "`err(off)` takes no other option, because it makes no `Err` a failure; remove `off` or the others",
            ));
        }
        self.given = Some(err);
        Ok(())
    }

    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>) {
        // A condition needs an error to look at.
        let makes_sense =
            |err: &ErrOptions| err.condition.is_none() || names_result(&function.item.signature);
        if hidden_result(function).is_none() {
            self.given = self.given.take().or(container.given.filter(makes_sense));
        }
    }

    fn check(&self, function: &FunctionFacts<'_>, errors: &mut Errors) {
        if let (Some(err), Some(why)) = (&self.given, hidden_result(function)) {
            errors.add(Error::new(err.span, format!("`err` {why}")));
        }
    }
}

/// `ret`, `ret(Debug, level = debug)`
#[derive(Default)]
pub(crate) struct RetArgument {
    pub(crate) given: Option<RetOptions>,
}

pub(crate) struct RetOptions {
    /// The place of the word `ret`
    pub(crate) span: Span,
    pub(crate) format: ValueFormat,
    pub(crate) level: Option<GivenLevel>,
}

impl InstrumentArgument for RetArgument {
    const NAMES: &'static [&'static str] = &["ret"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        let mut ret = RetOptions { span: name.span(), format: ValueFormat::Typed, level: None };
        each_option(name, input, |option, input| {
            match option.to_string().as_str() {
                "Debug" => ret.format = ValueFormat::Debug,
                "Display" => ret.format = ValueFormat::Display,
                "level" => ret.level = Some(level(value_of(option, input)?)?),
                _ => return Err(unknown_option("ret", option, &["Debug", "Display", "level"])),
            }
            Ok(())
        })?;
        self.given = Some(ret);
        Ok(())
    }

    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>) {
        let is_visible = hidden_result(function).is_none() && function.shape != BodyShape::InPlace;
        if is_visible && !is_stream(function) {
            self.given = self.given.take().or(container.given);
        }
    }

    fn check(&self, function: &FunctionFacts<'_>, errors: &mut Errors) {
        let Some(ret) = &self.given else { return };
        if let Some(why) = hidden_result(function) {
            errors.add(Error::new(ret.span, format!("`ret` {why}")));
        } else if is_stream(function) {
            errors.add(Error::new(
                ret.span,
                "`ret` does not work on a stream, which gives many values; call `spanwise::set_attribute` where the \
                 items are made",
            ));
        }
    }
}

fn is_stream(function: &FunctionFacts<'_>) -> bool {
    matches!(function.shape, BodyShape::AsyncReturn(returned) if returned.kind == AsyncKind::Stream)
}

/// Why Spanwise cannot see a result that may be a failure, as the end of a sentence. `None` if it can, or
/// if the result is never a failure.
fn hidden_result(function: &FunctionFacts<'_>) -> Option<&'static str> {
    let signature = &function.item.signature;
    let is_in_place = function.shape == BodyShape::InPlace;
    if is_in_place && function.item.is_track_caller() {
        Some(
            "does not work with `#[track_caller]`: it needs a closure around the body, which would hide the caller's \
             location; remove one of the two",
        )
    } else if returns_never(signature) {
        Some("does not work here: this function never returns; remove it")
    } else if !is_in_place {
        None
    } else {
        match unwrappable_async_return(signature)? {
            AsyncKind::Future => Some(
                "does not work here: the returned type has a trait that Spanwise's wrapper around the future does not \
                 have; make the function `async`, or return `impl Future` alone",
            ),
            AsyncKind::Stream => Some(
                "does not work here: the returned type has a trait that Spanwise's wrapper around the stream does not \
                 have; return `impl Stream` alone",
            ),
        }
    }
}

fn each_option(
    argument: &Ident,
    input: ParseStream<'_>,
    mut read: impl FnMut(&Ident, ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    if !input.peek(syn::token::Paren) {
        return Ok(());
    }
    let mut seen: Vec<Ident> = Vec::new();
    each_entry(list_of(argument, input)?, Commas::Required, |input| {
        let option = Ident::parse_any(input)?;
        if seen.contains(&option) {
            return Err(Error::new(option.span(), format!("`{option}` is given twice; keep one")));
        }
        read(&option, input)?;
        seen.push(option);
        Ok(())
    })?;
    match (seen.iter().find(|option| **option == "Debug"), seen.iter().find(|option| **option == "Display")) {
        (Some(_), Some(display)) => {
            Err(Error::new(display.span(), "`Debug` and `Display` contradict each other; keep one"))
        }
        _ => Ok(()),
    }
}

fn condition(option: &Ident, input: ParseStream<'_>) -> Result<Expr> {
    let condition = ungrouped(value_of(option, input)?.parse()?);
    match &condition {
        Expr::Closure(closure) if closure.inputs.len() != 1 => Err(Error::new_spanned(
            closure,
            "this closure must have one parameter, the error; write `if = |error| ..`",
        )),
        Expr::Closure(_) | Expr::Path(_) => Ok(condition),
        other => Err(Error::new_spanned(
            other,
            "`if` must be a closure or a function that takes the error and returns whether it is a failure; write \
             `if = |error| ..`",
        )),
    }
}
