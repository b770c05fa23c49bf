//! The function's return type, as the header shows it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{
    GenericArgument, Ident, Lifetime, PathArguments, PathSegment, ReturnType, Signature, Token, Type,
    TypeParamBound,
};

use crate::syntax::tokens::{any_ident, ours};

/// `-> !`
pub(crate) fn returns_never(signature: &Signature) -> bool {
    matches!(&signature.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
}

/// Where the return type stands, or the function's name if it returns nothing. It has our hygiene. The compiler reports there
/// that the whole type is wrong.
pub(crate) fn output_place(signature: &Signature) -> Span {
    let span = match &signature.output {
        ReturnType::Type(_, ty) => ty.span(),
        ReturnType::Default => signature.ident.span(),
    };
    Span::mixed_site().located_at(span)
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

/// The return type as it can be written inside the body, with `_` for each `impl Trait`, and `'_` for a lifetime that need not
/// be named. `None` if no part of it can be written there.
pub(crate) fn nameable_return_type(signature: &Signature) -> Option<TokenStream> {
    match &signature.output {
        ReturnType::Type(_, ty) if !returns_never(signature) => {
            nameable_type(ty, has_one_lifetime(signature))
        }
        _ => None,
    }
}

/// The type as it can be written inside the body, with `_` for each `impl Trait`; with `may_elide`, with `'_` for each lifetime.
///
/// The tokens count as ours, so that no lint objects to the type a second time.
pub(crate) fn nameable_type(ty: &Type, may_elide: bool) -> Option<TokenStream> {
    let mut ty = ty.clone();
    infer_impl(&mut ty);
    if may_elide {
        elide_lifetimes(&mut ty);
    }
    let is_nameable = !matches!(ty, Type::Infer(_)) && !mentions_impl(&ty);
    is_nameable.then(|| ours(ty.to_token_stream()))
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

/// Whether all lifetimes of the parameters are one, so that nobody has to name it.
pub(crate) fn has_one_lifetime(signature: &Signature) -> bool {
    if signature.generics.lifetimes().count() != 1 {
        return false;
    }
    let mut lifetimes = 0;
    count_lifetimes(signature.inputs.to_token_stream(), &mut lifetimes);
    lifetimes == 1
}

/// How many references and lifetimes the tokens have; the lifetime of a reference counts with it.
fn count_lifetimes(tokens: TokenStream, count: &mut usize) {
    let mut is_after_reference = false;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                *count += 1;
                is_after_reference = true;
                continue;
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => *count += usize::from(!is_after_reference),
            TokenTree::Group(group) => count_lifetimes(group.stream(), count),
            _ => {}
        }
        is_after_reference = false;
    }
}

/// Replaces each lifetime of the function by `'_`: one that the body names would count as needed there. The lifetimes in
/// `Fn(&'a str)` and `fn(&'a str)` stay, because `'_` means another one there.
fn elide_lifetimes(ty: &mut Type) {
    match ty {
        Type::Reference(reference) => {
            reference.lifetime.iter_mut().for_each(elide);
            elide_lifetimes(&mut reference.elem);
        }
        Type::Path(path) => {
            if let Some(qualified) = &mut path.qself {
                elide_lifetimes(&mut qualified.ty);
            }
            path.path.segments.iter_mut().for_each(elide_in_segment);
        }
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                match bound {
                    // `for<'b>` has lifetimes of its own.
                    TypeParamBound::Trait(bound) if bound.lifetimes.is_none() => {
                        bound.path.segments.iter_mut().for_each(elide_in_segment);
                    }
                    TypeParamBound::Lifetime(lifetime) => elide(lifetime),
                    _ => {}
                }
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(elide_lifetimes),
        Type::Array(array) => elide_lifetimes(&mut array.elem),
        Type::Slice(slice) => elide_lifetimes(&mut slice.elem),
        Type::Ptr(pointer) => elide_lifetimes(&mut pointer.elem),
        Type::Paren(inner) => elide_lifetimes(&mut inner.elem),
        Type::Group(inner) => elide_lifetimes(&mut inner.elem),
        _ => {}
    }
}

fn elide_in_segment(segment: &mut PathSegment) {
    let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { return };
    for argument in &mut arguments.args {
        match argument {
            GenericArgument::Lifetime(lifetime) => elide(lifetime),
            GenericArgument::Type(ty) => elide_lifetimes(ty),
            GenericArgument::AssocType(given) => elide_lifetimes(&mut given.ty),
            _ => {}
        }
    }
}

fn elide(lifetime: &mut Lifetime) {
    if lifetime.ident != "static" {
        lifetime.ident = Ident::new("_", lifetime.ident.span());
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
