//! One use of the attribute: parse, model, validate, expand.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Result;

use crate::args::Args;
use crate::container::FunctionContainer;
use crate::errors::Errors;
use crate::expand::expand;
use crate::function::parse::Function;
use crate::model::Model;
use crate::strip::strip;
use crate::validate::validate;

/// The expansion of `#[instrument(tokens)] item`.
///
/// After an error the item is emitted as it is, so that the code that uses it adds no errors.
pub(crate) fn instrument(tokens: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(tokens.clone(), &mut errors);
    match expanded(args, &tokens, item.clone(), &mut errors) {
        Some(expanded) if errors.is_empty() => expanded,
        _ => {
            let errors = errors.to_compile_errors();
            let item = strip(item);
            quote!(#errors #item)
        }
    }
}

fn expanded(args: Args, tokens: &TokenStream, item: TokenStream, errors: &mut Errors) -> Option<TokenStream> {
    if FunctionContainer::is_ahead(item.clone()) {
        return valid(syn::parse2::<FunctionContainer>(item), errors)?.distribute(&args, tokens, errors);
    }
    let function = valid(Function::parse(item.clone()), errors)?;
    if args.off.is_given && errors.is_empty() {
        return Some(strip(item));
    }
    let model = Model::new(args, function, errors);
    validate(&model, errors);
    errors.is_empty().then(|| expand(&model))
}

fn valid<T>(parsed: Result<T>, errors: &mut Errors) -> Option<T> {
    parsed.map_err(|error| errors.add(error)).ok()
}
