//! Lifetimes without a name in `impl Trait` among the parameters: `impl Iterator<Item = &str>`, `impl Into<Event<'_>>`.
//!
//! An `async fn` may have them, and a plain function may not.

use syn::{
    AngleBracketedGenericArguments, FnArg, GenericArgument, Lifetime, Path, PathArguments, Signature, Type,
    TypeParamBound,
};

/// Whether a parameter's type has a lifetime without a name in an `impl Trait`.
pub(crate) fn has_anonymous_lifetime_in_impl(signature: &Signature) -> bool {
    signature.inputs.iter().any(|input| match input {
        FnArg::Typed(typed) => in_type(&typed.ty, false),
        FnArg::Receiver(_) => false,
    })
}

/// `in_impl`: whether `ty` is part of an `impl Trait`.
fn in_type(ty: &Type, in_impl: bool) -> bool {
    match ty {
        Type::ImplTrait(ty) => ty.bounds.iter().any(|bound| in_bound(bound, true)),
        Type::TraitObject(ty) => ty.bounds.iter().any(|bound| in_bound(bound, in_impl)),
        Type::Reference(reference) => {
            let is_anonymous = reference.lifetime.as_ref().is_none_or(is_anonymous);
            (in_impl && is_anonymous) || in_type(&reference.elem, in_impl)
        }
        Type::Path(path) => {
            path.qself.as_ref().is_some_and(|qualified| in_type(&qualified.ty, in_impl))
                || in_path(&path.path, in_impl)
        }
        Type::Tuple(tuple) => tuple.elems.iter().any(|ty| in_type(ty, in_impl)),
        Type::Array(array) => in_type(&array.elem, in_impl),
        Type::Slice(slice) => in_type(&slice.elem, in_impl),
        Type::Ptr(pointer) => in_type(&pointer.elem, in_impl),
        Type::Paren(inner) => in_type(&inner.elem, in_impl),
        Type::Group(inner) => in_type(&inner.elem, in_impl),
        // The lifetimes of a function pointer are its own.
        _ => false,
    }
}

fn in_bound(bound: &TypeParamBound, in_impl: bool) -> bool {
    match bound {
        TypeParamBound::Trait(bound) => in_path(&bound.path, in_impl),
        TypeParamBound::Lifetime(lifetime) => in_impl && is_anonymous(lifetime),
        _ => false,
    }
}

fn in_path(path: &Path, in_impl: bool) -> bool {
    path.segments.iter().any(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => in_arguments(arguments, in_impl),
        // The lifetimes in `Fn(&str) -> &str` are the closure's own.
        PathArguments::Parenthesized(_) | PathArguments::None => false,
    })
}

fn in_arguments(arguments: &AngleBracketedGenericArguments, in_impl: bool) -> bool {
    arguments.args.iter().any(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => in_impl && is_anonymous(lifetime),
        GenericArgument::Type(ty) => in_type(ty, in_impl),
        GenericArgument::AssocType(given) => {
            in_type(&given.ty, in_impl)
                || given.generics.as_ref().is_some_and(|arguments| in_arguments(arguments, in_impl))
        }
        GenericArgument::Constraint(given) => given.bounds.iter().any(|bound| in_bound(bound, in_impl)),
        _ => false,
    })
}

fn is_anonymous(lifetime: &Lifetime) -> bool {
    lifetime.ident == "_"
}
