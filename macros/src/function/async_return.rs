//! Functions that are not `async` and return a future or a stream.

use quote::ToTokens as _;
use syn::{GenericArgument, Ident, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound};

use super::return_type::{impl_trait_bounds, nameable_type, trait_name};
use crate::syntax::tokens::any_ident;

/// A future or a stream that a function returns, and that continues the function's span.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct AsyncReturn {
    pub(crate) kind: AsyncKind,
    /// `Pin<Box<dyn Future<..>>>`, `BoxFuture<..>` and the same of a stream, not `impl Future<..>`
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

/// The output of an `impl Future`, or the item of an `impl Stream`, as it can be written inside the body.
pub(crate) fn async_output_type(signature: &Signature) -> Option<Type> {
    impl_trait_bounds(signature)?.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        nameable_type(associated_type(bound.path.segments.last()?)?)
            .filter(|ty| !matches!(ty, Type::Never(_)))
    })
}

/// `Output = T` of a future, `Item = T` of a stream.
fn associated_type(segment: &PathSegment) -> Option<&Type> {
    let name = match async_kind(&segment.ident)? {
        AsyncKind::Future => "Output",
        AsyncKind::Stream => "Item",
    };
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
    let kind = bounds.iter().filter_map(trait_name).find_map(async_kind_of)?;
    wrappable_kind(bounds).is_none().then_some(kind)
}

fn async_return_type(ty: &Type) -> Option<AsyncReturn> {
    let boxed = |kind| AsyncReturn { kind, is_boxed: true };
    match ty {
        Type::ImplTrait(ty) => Some(AsyncReturn { kind: wrappable_kind(&ty.bounds)?, is_boxed: false }),
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "BoxFuture" | "LocalBoxFuture" => Some(boxed(AsyncKind::Future)),
                "BoxStream" | "LocalBoxStream" => Some(boxed(AsyncKind::Stream)),
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

fn async_kind(name: &Ident) -> Option<AsyncKind> {
    match name.to_string().as_str() {
        "Future" => Some(AsyncKind::Future),
        "Stream" => Some(AsyncKind::Stream),
        _ => None,
    }
}

/// Requires the associated type, because another trait may also be called `Future` or `Stream`.
fn async_kind_of(segment: &PathSegment) -> Option<AsyncKind> {
    associated_type(segment).and_then(|_| async_kind(&segment.ident))
}

/// The kind that the bounds name, if Spanwise's wrapper has all the other traits too.
fn wrappable_kind<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<AsyncKind> {
    let mut found = None;
    for segment in bounds.into_iter().filter_map(trait_name) {
        match (async_kind_of(segment), segment.ident.to_string().as_str()) {
            (Some(kind), _) => found = Some(kind),
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
            Type::Path(path) if async_return(signature).is_none() => {
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
