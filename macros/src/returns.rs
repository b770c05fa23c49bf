//! What a function gives, as far as its header tells.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Ident, PathArguments, PathSegment, ReturnType, Signature, Token, Type, TypeParamBound,
};

/// `-> !`
pub(crate) fn never(signature: &Signature) -> bool {
    matches!(&signature.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
}

/// No return type at all.
pub(crate) fn unit(signature: &Signature) -> bool {
    matches!(signature.output, ReturnType::Default)
}

/// The bounds of `-> impl Trait`.
pub(crate) fn opaque(signature: &Signature) -> Option<&Punctuated<TypeParamBound, Token![+]>> {
    match &signature.output {
        ReturnType::Type(_, ty) => match &**ty {
            Type::ImplTrait(ty) => Some(&ty.bounds),
            _ => None,
        },
        ReturnType::Default => None,
    }
}

/// The return type, as it can be written down inside the body: each `impl Trait` left to inference.
/// `None` where nothing of it can be.
pub(crate) fn nameable(signature: &Signature) -> Option<Type> {
    match &signature.output {
        ReturnType::Type(_, ty) if !never(signature) => {
            let mut ty = (**ty).clone();
            infer_impl(&mut ty);
            (!matches!(ty, Type::Infer(_)) && !mentions_impl(&ty)).then_some(ty)
        }
        _ => None,
    }
}

/// `-> impl Fn(..)`: a closure's arguments may have to be inferred from the signature.
pub(crate) fn closure(signature: &Signature) -> bool {
    let is_closure = |name: &Ident| name == "Fn" || name == "FnMut" || name == "FnOnce";
    opaque(signature)
        .is_some_and(|bounds| bounds.iter().filter_map(trait_name).any(|last| is_closure(&last.ident)))
}

/// Whether a `Result` is named, or an alias that is called so, as what is given now or later.
pub(crate) fn names_result(signature: &Signature) -> bool {
    let is_result = |word: &Ident| word.to_string().ends_with("Result");
    match &signature.output {
        ReturnType::Type(_, ty) => match &**ty {
            Type::Path(path) if later(signature).is_none() => {
                path.path.segments.last().is_some_and(|last| is_result(&last.ident))
            }
            ty => any_word(ty.to_token_stream(), &is_result),
        },
        ReturnType::Default => false,
    }
}

/// Something that goes on after the function has returned it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Later {
    pub(crate) what: What,
    pub(crate) held: Held,
}

/// What goes on.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum What {
    Future,
    Stream,
}

/// How it is held.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Held {
    /// `impl Future<..>`, `impl Stream<..>`
    Plain,
    /// `Pin<Box<dyn Future<..>>>`, `BoxFuture<..>`, and the same of a stream
    Boxed,
}

/// What the function, without being `async` itself, hands back to go on later.
pub(crate) fn later(signature: &Signature) -> Option<Later> {
    let ReturnType::Type(_, ty) = &signature.output else { return None };
    later_of(ty)
}

/// What a future or a stream that is held plainly gives, as it can be written down inside the body.
pub(crate) fn given_later(signature: &Signature) -> Option<Type> {
    opaque(signature)?.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let mut ty = associated(bound.path.segments.last()?)?.clone();
        infer_impl(&mut ty);
        (!matches!(ty, Type::Infer(_) | Type::Never(_)) && !mentions_impl(&ty)).then_some(ty)
    })
}

/// `Output = T` of a future, `Item = T` of a stream.
fn associated(segment: &PathSegment) -> Option<&Type> {
    let name = match what(&segment.ident)? {
        What::Future => "Output",
        What::Stream => "Item",
    };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(given) if given.ident == name => Some(&given.ty),
        _ => None,
    })
}

/// `-> impl Future + Other`: a future, or a stream, that ours cannot stand in for.
pub(crate) fn wider(signature: &Signature) -> Option<What> {
    let bounds = opaque(signature)?;
    let what = bounds.iter().filter_map(trait_name).find_map(what_of)?;
    bounds_of(bounds).is_none().then_some(what)
}

fn later_of(ty: &Type) -> Option<Later> {
    let boxed = |what| Later { what, held: Held::Boxed };
    match ty {
        Type::ImplTrait(ty) => Some(Later { what: bounds_of(&ty.bounds)?, held: Held::Plain }),
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "BoxFuture" | "LocalBoxFuture" => Some(boxed(What::Future)),
                "BoxStream" | "LocalBoxStream" => Some(boxed(What::Stream)),
                "Pin" => {
                    let Type::Path(inner) = type_argument(&last.arguments)? else { return None };
                    let inner = inner.path.segments.last().filter(|segment| segment.ident == "Box")?;
                    match type_argument(&inner.arguments)? {
                        Type::TraitObject(object) => bounds_of(&object.bounds).map(boxed),
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        Type::Paren(ty) => later_of(&ty.elem),
        Type::Group(ty) => later_of(&ty.elem),
        _ => None,
    }
}

fn what(name: &Ident) -> Option<What> {
    match name.to_string().as_str() {
        "Future" => Some(What::Future),
        "Stream" => Some(What::Stream),
        _ => None,
    }
}

/// A trait of that name which gives something: another may be called so, too.
fn what_of(segment: &PathSegment) -> Option<What> {
    associated(segment).and_then(|_| what(&segment.ident))
}

/// What the bounds name, if they name nothing that ours around it would not be too.
fn bounds_of<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<What> {
    let mut found = None;
    for segment in bounds.into_iter().filter_map(trait_name) {
        match (what_of(segment), segment.ident.to_string().as_str()) {
            (Some(what), _) => found = Some(what),
            (None, "Send" | "Sync" | "Unpin" | "UnwindSafe" | "RefUnwindSafe") => {}
            _ => return None,
        }
    }
    found
}

/// The trait of a bound, by the last part of its path; `None` for a lifetime.
fn trait_name(bound: &TypeParamBound) -> Option<&PathSegment> {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    }
}

fn type_argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Puts `_` in the place of each `impl Trait` where a type is made of types.
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

/// By tokens: a type can hide `impl` in any of its corners, and no name can be spelled `impl`.
fn mentions_impl(ty: &Type) -> bool {
    any_word(ty.to_token_stream(), &|word| word == "impl")
}

fn any_word(tokens: TokenStream, is: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => is(&word),
        TokenTree::Group(group) => any_word(group.stream(), is),
        _ => false,
    })
}
