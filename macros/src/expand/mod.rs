//! Writes the model as tokens: a static callsite and one or two calls, which `spanwise::instrument` shows.
//!
//! All logic is in ordinary functions of the runtime. All names in an expansion have `mixed_site` hygiene,
//! so that they never meet a name of the user's, and all paths start at `::spanwise` or `::core`, so that
//! no prelude is needed.

mod body;
mod expectation;
mod outcome;
mod shapes;
mod start;

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{ReturnType, Signature, Token, Type};

use self::body::{FunctionParts, in_braces};
use self::shapes::Expansion;
use self::start::SpanStart;
use crate::function::async_return::AsyncReturn;
use crate::function::body_shape::BodyShape;
use crate::function::parse::Function;
use crate::function::return_type::output_place;
use crate::model::Model;

pub(crate) fn expand(model: &Model) -> TokenStream {
    let runtime = model.args.crate_path.private();
    let mut parts = FunctionParts::of(model);
    let expansion = Expansion { start: SpanStart::of(model, &runtime), runtime, model };
    let statements = match model.shape {
        BodyShape::Closure | BodyShape::AsyncReturn(AsyncReturn { is_boxed: true, .. }) => {
            expansion.in_closure(&parts)
        }
        BodyShape::InPlace => expansion.in_place(&parts),
        BodyShape::AsyncBlock => {
            return_a_future(&mut parts.signature);
            expansion.in_async(&parts)
        }
        BodyShape::AwaitedAsyncBlock => expansion.in_awaited_async(&parts),
        BodyShape::AsyncReturn(AsyncReturn { kind, .. }) => expansion.in_async_return(&parts, kind),
    };

    let Function { attributes, visibility, inner_attributes, .. } = &model.function;
    let attributes = attributes.iter().map(expectation::without_hidden);
    let signature = &parts.signature;
    let block = in_braces(&model.function, &quote!(#(#inner_attributes)*), statements);
    let last = last_of_header(&model.function.signature, signature);
    quote! { #(#attributes)* #visibility #signature #last #block }
}

/// Turns `async fn f() -> T` into `fn f() -> impl Future<Output = T>`. In edition 2024, which these tokens
/// have, it captures every lifetime in scope, as an async function does.
fn return_a_future(signature: &mut Signature) {
    signature.asyncness = None;
    let place = output_place(signature);
    let output = match &signature.output {
        ReturnType::Type(_, ty) => ty.to_token_stream(),
        ReturnType::Default => quote_spanned!(place=> ()),
    };
    let future = quote_spanned!(place=> impl ::core::future::Future<Output = #output>);
    signature.output = ReturnType::Type(Token![->](place), Box::new(Type::Verbatim(future)));
}

/// A token of the user's that ends the header of a function with an output of ours, an empty `where`: lints about the
/// function go by the header's span.
fn last_of_header(written: &Signature, expanded: &Signature) -> Option<Token![where]> {
    if written.asyncness.is_none() || expanded.asyncness.is_some() || expanded.generics.where_clause.is_some()
    {
        return None;
    }
    let last = match &written.output {
        ReturnType::Type(_, ty) => ty.to_token_stream().into_iter().last()?.span(),
        ReturnType::Default => written.paren_token.span.close(),
    };
    Some(Token![where](last))
}
