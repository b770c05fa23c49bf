//! Lists in parentheses, and the values in them.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Ident, LitBool, Result, Token};

use crate::errors::Errors;

/// Whether there is a comma between any two entries of a list.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Commas {
    Required,
    MayBeMissing,
}

/// Reads the entries of a list, each by itself: after an error, reading continues behind the next comma.
pub(crate) fn each_entry(
    list: TokenStream,
    commas: Commas,
    mut read: impl FnMut(ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let mut errors = Errors::default();
    let all = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Err(error) = read(input) {
                errors.add(error);
                skip_to_comma(input)?;
            }
            if !input.is_empty() && (commas == Commas::Required || input.peek(Token![,])) {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    if let Err(error) = all.parse2(list) {
        errors.add(error);
    }
    errors.into_result()
}

pub(crate) fn skip_to_comma(input: ParseStream<'_>) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Reads the `=` of `name = value`. The returned stream starts at the value.
pub(crate) fn value_of<'a>(name: &Ident, input: ParseStream<'a>) -> Result<ParseStream<'a>> {
    if !input.peek(Token![=]) {
        return Err(Error::new(name.span(), format!("`{name}` needs a value; write `{name} = ..`")));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(Error::new(name.span(), format!("`{name} =` has no value; write one after the `=`")));
    }
    Ok(input)
}

/// Reads the parentheses of `name(..)`. Their content is returned as tokens and read separately, so
/// that an error in it is reported once.
pub(crate) fn list_of(name: &Ident, input: ParseStream<'_>) -> Result<TokenStream> {
    match input.cursor().group(Delimiter::Parenthesis) {
        Some(_) => Ok(input.parse::<Group>()?.stream()),
        None => {
            Err(Error::new(name.span(), format!("`{name}` needs a list in parentheses; write `{name}(..)`")))
        }
    }
}

/// Reads `name` or `name = true` as true, and `name = false` as false.
pub(crate) fn switch(name: &Ident, input: ParseStream<'_>) -> Result<LitBool> {
    if !input.peek(Token![=]) {
        return Ok(LitBool::new(true, name.span()));
    }
    input.parse::<Token![=]>()?;
    input.parse().map_err(|error| Error::new(error.span(), format!("`{name}` must be `true` or `false`")))
}
