//! The function's return type, as the header shows it.

use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Ident, PathArguments, PathSegment, ReturnType, Signature, Token, Type, TypeParamBound,
};

use crate::syntax::tokens::any_ident;

/// `-> !`
pub(crate) fn returns_never(signature: &Signature) -> bool {
    matches!(&signature.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
}

/// Whether the header has no `->`.
pub(crate) fn returns_unit(signature: &Signature) -> bool {
    matches!(signature.output, ReturnType::Default)
}

/// The bounds of `-> impl Trait`.
pub(crate) fn impl_trait_bounds(signature: &Signature) -> Option<&Punctuated<TypeParamBound, Token![+]>> {
    match &signature.output {
        ReturnType::Type(_, ty) => match &**ty {
            Type::ImplTrait(ty) => Some(&ty.bounds),
            _ => None,
        },
        ReturnType::Default => None,
    }
}

/// The return type as it can be written inside the body, with `_` for each `impl Trait`.
/// `None` if no part of it can be written there.
pub(crate) fn nameable_return_type(signature: &Signature) -> Option<Type> {
    match &signature.output {
        ReturnType::Type(_, ty) if !returns_never(signature) => nameable_type(ty),
        _ => None,
    }
}

/// The type as it can be written inside the body, with `_` for each `impl Trait`.
pub(crate) fn nameable_type(ty: &Type) -> Option<Type> {
    let mut ty = ty.clone();
    infer_impl(&mut ty);
    (!matches!(ty, Type::Infer(_)) && !mentions_impl(&ty)).then_some(ty)
}

/// `-> impl Fn(..)`. The compiler may infer the closure's parameters from the signature.
pub(crate) fn returns_closure(signature: &Signature) -> bool {
    let is_closure = |name: &Ident| name == "Fn" || name == "FnMut" || name == "FnOnce";
    impl_trait_bounds(signature)
        .is_some_and(|bounds| bounds.iter().filter_map(trait_name).any(|last| is_closure(&last.ident)))
}

/// The trait of a bound, as the last segment of its path; `None` for a lifetime.
pub(crate) fn trait_name(bound: &TypeParamBound) -> Option<&PathSegment> {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    }
}

/// Replaces each `impl Trait` in a type by `_`.
fn infer_impl(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = syn::parse_quote!(_),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { continue };
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        infer_impl(ty);
                    }
                }
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer_impl),
        Type::Array(array) => infer_impl(&mut array.elem),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                let TypeParamBound::Trait(bound) = bound else { continue };
                let Some(last) = bound.path.segments.last_mut() else { continue };
                let PathArguments::AngleBracketed(arguments) = &mut last.arguments else { continue };
                for argument in &mut arguments.args {
                    if let GenericArgument::AssocType(given) = argument {
                        infer_impl(&mut given.ty);
                    }
                }
            }
        }
        Type::Reference(reference) => infer_impl(&mut reference.elem),
        Type::Paren(inner) => infer_impl(&mut inner.elem),
        Type::Group(inner) => infer_impl(&mut inner.elem),
        _ => {}
    }
}

/// By tokens, because `impl` can be anywhere in a type, and no name is spelled `impl`.
fn mentions_impl(ty: &Type) -> bool {
    any_ident(ty.to_token_stream(), &|word| word == "impl")
}
