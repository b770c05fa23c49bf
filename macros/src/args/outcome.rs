//! `err` and `ret`.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Result};

use super::field::Form;
use super::suggest::no_option;
use super::{assigned, bare, each, in_parentheses, words};

/// `err(..)`
pub(crate) struct OnErr {
    pub(crate) span: Span,
    /// By which of its texts the error is told; `Typed` where nothing is said.
    pub(crate) form: Form,
    pub(crate) level: Option<Ident>,
    pub(crate) condition: Option<Box<Expr>>,
    pub(crate) off: bool,
}

/// `ret(..)`
pub(crate) struct OnReturn {
    pub(crate) span: Span,
    pub(crate) form: Form,
    pub(crate) level: Option<Ident>,
}

impl OnErr {
    pub(super) fn parse(argument: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let mut err =
            Self { span: argument.span(), form: Form::Typed, level: None, condition: None, off: false };
        let mut options = 0;
        each_option(argument, input, |option, input| {
            options += 1;
            match option.to_string().as_str() {
                "Debug" => err.form = Form::Debug,
                "Display" => err.form = Form::Display,
                "level" => err.level = Some(words::level(assigned(option, input)?)?),
                "if" => err.condition = Some(Box::new(condition(option, input)?)),
                "off" => err.off = true,
                _ => return Err(no_option("err", option, &["Debug", "Display", "level", "if", "off"])),
            }
            Ok(())
        })?;
        if err.off && options > 1 {
            return Err(Error::new(
                err.span,
                "`err(off)` says that an `Err` is no failure; nothing else goes with it",
            ));
        }
        Ok(err)
    }
}

impl OnReturn {
    pub(super) fn parse(argument: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let mut ret = Self { span: argument.span(), form: Form::Typed, level: None };
        each_option(argument, input, |option, input| {
            match option.to_string().as_str() {
                "Debug" => ret.form = Form::Debug,
                "Display" => ret.form = Form::Display,
                "level" => ret.level = Some(words::level(assigned(option, input)?)?),
                _ => return Err(no_option("ret", option, &["Debug", "Display", "level"])),
            }
            Ok(())
        })?;
        Ok(ret)
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
    each(in_parentheses(argument, input)?, |input| {
        let option = Ident::parse_any(input)?;
        if seen.contains(&option) {
            return Err(Error::new(option.span(), format!("`{option}` is given twice; keep one of them")));
        }
        read(&option, input)?;
        seen.push(option);
        Ok(())
    })?;
    match (seen.iter().find(|option| **option == "Debug"), seen.iter().find(|option| **option == "Display")) {
        (Some(_), Some(display)) => Err(Error::new(
            display.span(),
            "`Debug` and `Display` are two ways to tell one thing; keep one of them",
        )),
        _ => Ok(()),
    }
}

fn condition(option: &Ident, input: ParseStream<'_>) -> Result<Expr> {
    let condition = bare(assigned(option, input)?.parse()?);
    match &condition {
        Expr::Closure(closure) if closure.inputs.len() != 1 => Err(Error::new_spanned(
            closure,
            "this closure is given the error, and nothing else: `if = |error| ..`",
        )),
        Expr::Closure(_) | Expr::Path(_) => Ok(condition),
        other => Err(Error::new_spanned(
            other,
            "`if` takes a closure or a function that is given the error and says whether it is a failure: \
             `if = |error| ..`",
        )),
    }
}
