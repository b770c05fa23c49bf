//! The attribute: arguments and item in, tokens out.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;

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
    if Container::is_ahead(item.clone()) {
        return match syn::parse2::<Container>(item.clone()) {
            Ok(container) => match container.distribute(&args, tokens, &mut errors) {
                Some(distributed) if errors.is_none() => distributed,
                _ => with_errors(errors, strip(item)),
            },
            Err(error) => {
                note(&mut errors, error);
                with_errors(errors, strip(item))
            }
        };
    }
    match syn::parse2::<Function>(item.clone()) {
        Ok(_) if args.off.is_some() && errors.is_none() => strip(item),
        Ok(function) => match Model::new(args, function, &mut errors) {
            Some(model) if errors.is_none() => expand::expand(model),
            _ => with_errors(errors, strip(item)),
        },
        Err(error) => {
            note(&mut errors, error);
            with_errors(errors, strip(item))
        }
    }
}

fn with_errors(errors: Option<Error>, item: TokenStream) -> TokenStream {
    let errors = errors.map(|errors| errors.to_compile_error());
    quote!(#errors #item)
}
