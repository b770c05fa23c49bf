//! Functions that are not `async` and return a future or a stream.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{GenericArgument, Ident, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound};

use super::return_type::{has_one_lifetime, impl_trait_bounds, nameable_type, trait_name};
use crate::syntax::tokens::any_ident;

/// A future or a stream that a function returns, and that continues the function's span.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct AsyncReturn {
    pub(crate) kind: AsyncKind,
    /// `Pin<Box<dyn Future<..>>>` and the same of a stream, not `impl Future<..>`
    pub(crate) is_boxed: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum AsyncKind {
    Future,
    Stream,
}

/// The future or stream that the function returns, if Spanwise can wrap it.
pub(crate) fn async_return(signature: &Signature) -> Option<AsyncReturn> {
    let ReturnType::Type(_, ty) = &signature.output else { return None };
    async_return_type(ty)
}

/// Types of the standard library, which are neither boxed futures nor boxed streams.
const NEVER_BOXED: &[&str] = &[
    "Arc", "BTreeMap", "BTreeSet", "Cow", "Duration", "HashMap", "HashSet", "Option", "Ordering", "Poll",
    "Rc", "Result", "Self", "String", "Vec", "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8",
    "isize", "u128", "u16", "u32", "u64", "u8", "usize",
];

/// Whether the type that the function returns may be a boxed future or stream, as far as its spelling shows: then the compiler
/// has to find out, and the expansion is longer.
pub(crate) fn may_return_box(signature: &Signature) -> bool {
    fn may_be_box(ty: &Type) -> bool {
        match ty {
            Type::Path(path) if path.qself.is_none() => {
                let is_plain = |last: &PathSegment| NEVER_BOXED.iter().any(|known| last.ident == known);
                // `Self::Result` may be anything.
                let is_associated = path.path.segments.len() > 1 && path.path.segments[0].ident == "Self";
                is_associated || !path.path.segments.last().is_some_and(is_plain)
            }
            Type::Path(_) | Type::Macro(_) | Type::Verbatim(_) => true,
            Type::Paren(inner) => may_be_box(&inner.elem),
            Type::Group(inner) => may_be_box(&inner.elem),
            _ => false,
        }
    }
    matches!(&signature.output, ReturnType::Type(_, ty) if may_be_box(ty))
}

/// The output of an `impl Future`, or the item of an `impl Stream`, as it can be written inside the body.
pub(crate) fn async_output_type(signature: &Signature) -> Option<TokenStream> {
    let bounds = impl_trait_bounds(signature)?;
    let (_, ty) = bounds.iter().filter_map(trait_name).find_map(async_trait)?;
    nameable_type(&ty, has_one_lifetime(signature)).filter(|_| !matches!(ty, Type::Never(_)))
}

/// The kind of a trait, and the output or item that it is given. That is required, because another trait may have the same name.
fn async_trait(segment: &PathSegment) -> Option<(AsyncKind, Type)> {
    let given = |name| given_type(segment, name);
    let result = || {
        let (ok, error) = (given("Ok")?, given("Error")?);
        Some(syn::parse_quote!(::core::result::Result<#ok, #error>))
    };
    match segment.ident.to_string().as_str() {
        "Future" => Some((AsyncKind::Future, given("Output")?.clone())),
        "Stream" => Some((AsyncKind::Stream, given("Item")?.clone())),
        // Every future and stream of a `Result` has these traits of `futures`.
        "TryFuture" => Some((AsyncKind::Future, result()?)),
        "TryStream" => Some((AsyncKind::Stream, result()?)),
        _ => None,
    }
}

fn given_type<'a>(segment: &'a PathSegment, name: &str) -> Option<&'a Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(given) if given.ident == name => Some(&given.ty),
        _ => None,
    })
}

/// `-> impl Future + Other`: a future or a stream that Spanwise cannot wrap, because the wrapper does not
/// have the other trait.
pub(crate) fn unwrappable_async_return(signature: &Signature) -> Option<AsyncKind> {
    let bounds = impl_trait_bounds(signature)?;
    let kind = bounds.iter().filter_map(trait_name).find_map(async_trait)?.0;
    wrappable_kind(bounds).is_none().then_some(kind)
}

fn async_return_type(ty: &Type) -> Option<AsyncReturn> {
    let boxed = |kind| AsyncReturn { kind, is_boxed: true };
    match ty {
        Type::ImplTrait(ty) => Some(AsyncReturn { kind: wrappable_kind(&ty.bounds)?, is_boxed: false }),
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "Pin" => {
                    let Type::Path(inner) = type_argument(&last.arguments)? else { return None };
                    let inner = inner.path.segments.last().filter(|segment| segment.ident == "Box")?;
                    match type_argument(&inner.arguments)? {
                        Type::TraitObject(object) => wrappable_kind(&object.bounds).map(boxed),
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        Type::Paren(ty) => async_return_type(&ty.elem),
        Type::Group(ty) => async_return_type(&ty.elem),
        _ => None,
    }
}

/// The kind that the bounds name, if Spanwise's wrapper has all the other traits too.
fn wrappable_kind<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<AsyncKind> {
    let mut found = None;
    for segment in bounds.into_iter().filter_map(trait_name) {
        match (async_trait(segment), segment.ident.to_string().as_str()) {
            (Some((kind, _)), _) => found = Some(kind),
            (None, "Send" | "Sync" | "Unpin" | "UnwindSafe" | "RefUnwindSafe") => {}
            _ => return None,
        }
    }
    found
}

/// Whether the return type names a `Result`, or an alias that ends in `Result`. Of a future or a stream,
/// its output or item counts.
pub(crate) fn names_result(signature: &Signature) -> bool {
    let is_result = |word: &Ident| word.to_string().ends_with("Result");
    match &signature.output {
        ReturnType::Type(_, ty) => match &**ty {
            Type::Path(path) if !may_return_box(signature) => {
                path.path.segments.last().is_some_and(|last| is_result(&last.ident))
            }
            ty => any_ident(ty.to_token_stream(), &is_result),
        },
        ReturnType::Default => false,
    }
}

fn type_argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
