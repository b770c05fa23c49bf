//! The attribute: arguments and item in, tokens out.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;
use syn::parse::Parse;

use crate::args::{Args, note};
use crate::container::Container;
use crate::expand;
use crate::function::Function;
use crate::model::Model;
use crate::strip::strip;

/// Whatever is wrong, the item is still there, so that one mistake in the parentheses is not told as
/// a hundred in the code that calls the function.
pub(crate) fn instrument(tokens: TokenStream, item: TokenStream) -> TokenStream {
    let (args, mut errors) = Args::parse(tokens.clone());
    let expanded = expanded(args, tokens, item.clone(), &mut errors);
    match (expanded, errors) {
        (Some(expanded), None) => expanded,
        (_, errors) => {
            let errors = errors.map(|errors| errors.to_compile_error());
            let item = strip(item);
            quote!(#errors #item)
        }
    }
}

fn expanded(
    args: Args,
    tokens: TokenStream,
    item: TokenStream,
    errors: &mut Option<Error>,
) -> Option<TokenStream> {
    if Container::is_ahead(item.clone()) {
        return parsed::<Container>(item, errors)?.distribute(&args, tokens, errors);
    }
    let function = parsed::<Function>(item.clone(), errors)?;
    if args.off.is_some() && errors.is_none() {
        return Some(strip(item));
    }
    Model::new(args, function, errors).map(expand::expand)
}

fn parsed<T: Parse>(item: TokenStream, errors: &mut Option<Error>) -> Option<T> {
    syn::parse2(item).map_err(|error| note(errors, error)).ok()
}
