//! The function under the attribute: its header, parsed; its body, left as tokens.
//!
//! The body is never parsed. That is faster, and an editor goes on understanding a body that is
//! being typed.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::{
    Attribute, Error, FnArg, GenericArgument, Pat, PathArguments, Result, ReturnType, Signature, Token, Type,
    TypeParamBound, Visibility,
};

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// `#![..]` at the start of the body.
    pub(crate) inner_attributes: Vec<Attribute>,
    /// The body's tokens without the braces and without the inner attributes.
    pub(crate) statements: TokenStream,
    /// The braces, for their place in the source.
    pub(crate) braces: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        refuse_other_items(input)?;
        let signature: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(Error::new(
                signature.ident.span(),
                "this function has no body to record; put `#[instrument]` on the function that implements it",
            ));
        }
        let TokenTree::Group(braces) = input.parse()? else {
            return Err(Error::new(signature.span(), "expected the function's body"));
        };
        let (inner_attributes, statements) = syn::parse::Parser::parse2(split_body, braces.stream())?;
        Ok(Self { attributes, visibility, signature, inner_attributes, statements, braces })
    }
}

fn split_body(input: ParseStream<'_>) -> Result<(Vec<Attribute>, TokenStream)> {
    Ok((input.call(Attribute::parse_inner)?, input.parse()?))
}

fn refuse_other_items(input: ParseStream<'_>) -> Result<()> {
    let what = if input.peek(Token![impl]) {
        "an `impl` block"
    } else if input.peek(Token![trait]) {
        "a trait"
    } else if input.peek(Token![mod]) {
        "a module"
    } else if input.peek(Token![struct]) || input.peek(Token![enum]) || input.peek(Token![union]) {
        "a type"
    } else if input.peek(Token![static]) || (input.peek(Token![const]) && !starts_function(input)) {
        "a constant"
    } else if starts_function(input) {
        return Ok(());
    } else {
        "this"
    };
    Err(input.error(format!(
        "`#[instrument]` records a function, and {what} is none; put it on each function that is to be recorded"
    )))
}

/// Whether what follows reads like a function's header, whole or still being typed.
fn starts_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let mut qualified = false;
    loop {
        if ahead.peek(Token![fn]) {
            return true;
        }
        let qualifier = ahead.peek(Token![const])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern])
            || (qualified && ahead.peek(syn::LitStr));
        if !qualifier || ahead.parse::<TokenTree>().is_err() {
            return false;
        }
        qualified = true;
    }
}

impl Function {
    /// `#[track_caller]`: a closure around the body would show the closure's line instead.
    pub(crate) fn is_track_caller(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute.path().is_ident("track_caller"))
    }

    /// Whether another attribute macro comes after this one, which may insist on `async fn`:
    /// `#[tokio::main]`, say.
    pub(crate) fn has_other_macros(&self) -> bool {
        // The compiler's own, which mean the same on a function that is async and on one that is not.
        const INERT: [&str; 11] = [
            "allow",
            "cfg",
            "cold",
            "deny",
            "deprecated",
            "doc",
            "expect",
            "forbid",
            "inline",
            "rustfmt",
            "warn",
        ];
        self.attributes.iter().any(|attribute| {
            let first = attribute.path().segments.first();
            !first.is_some_and(|segment| {
                INERT.iter().any(|inert| segment.ident == inert) || segment.ident == "clippy"
            })
        })
    }

    /// `-> !`
    pub(crate) fn never_returns(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
    }

    /// What kind of future, if any, the function hands back without being `async` itself.
    pub(crate) fn returned_future(&self) -> Option<ReturnedFuture> {
        let ReturnType::Type(_, ty) = &self.signature.output else { return None };
        returned_future(ty)
    }

    /// The return type, as it can be written down inside the body: each `impl Trait` left to inference.
    /// `None` where nothing of it can be.
    pub(crate) fn nameable_output(&self) -> Option<Type> {
        match &self.signature.output {
            ReturnType::Type(_, ty) if !self.never_returns() => {
                let mut ty = (**ty).clone();
                infer_impl(&mut ty);
                (!matches!(ty, Type::Infer(_)) && !mentions_impl(&ty)).then_some(ty)
            }
            _ => None,
        }
    }

    /// `-> impl Trait`, whatever it is: no `Result`.
    pub(crate) fn returns_impl(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, ty) if matches!(**ty, Type::ImplTrait(_)))
    }

    /// `-> impl Future + Other`: a future that ours cannot stand in for.
    pub(crate) fn returns_wider_future(&self) -> bool {
        let ReturnType::Type(_, ty) = &self.signature.output else { return false };
        let Type::ImplTrait(ty) = &**ty else { return false };
        ty.bounds.iter().filter_map(trait_name).any(|name| name == "Future")
            && self.returned_future().is_none()
    }

    /// Whether the function has a return type at all.
    pub(crate) fn returns_unit(&self) -> bool {
        matches!(self.signature.output, ReturnType::Default)
    }
}

/// How a returned future is held.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum ReturnedFuture {
    /// `impl Future<..>`
    Plain,
    /// `Pin<Box<dyn Future<..>>>`, `BoxFuture<..>`
    Boxed,
}

fn returned_future(ty: &Type) -> Option<ReturnedFuture> {
    match ty {
        Type::ImplTrait(ty) => names_future(&ty.bounds).then_some(ReturnedFuture::Plain),
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "BoxFuture" | "LocalBoxFuture" => Some(ReturnedFuture::Boxed),
                "Pin" => {
                    let Type::Path(inner) = type_argument(&last.arguments)? else { return None };
                    let inner = inner.path.segments.last().filter(|segment| segment.ident == "Box")?;
                    match type_argument(&inner.arguments)? {
                        Type::TraitObject(object) => {
                            names_future(&object.bounds).then_some(ReturnedFuture::Boxed)
                        }
                        _ => None,
                    }
                }
                _ => None,
            }
        }
        Type::Paren(ty) => returned_future(&ty.elem),
        Type::Group(ty) => returned_future(&ty.elem),
        _ => None,
    }
}

/// Whether the bounds name `Future`, and nothing that our future around it would not be too.
fn names_future<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> bool {
    let mut is_future = false;
    for name in bounds.into_iter().filter_map(trait_name) {
        match name.to_string().as_str() {
            "Future" => is_future = true,
            "Send" | "Sync" | "Unpin" | "UnwindSafe" | "RefUnwindSafe" => {}
            _ => return false,
        }
    }
    is_future
}

/// The trait of a bound, by the last name of its path; `None` for a lifetime.
fn trait_name(bound: &TypeParamBound) -> Option<&syn::Ident> {
    match bound {
        TypeParamBound::Trait(bound) => Some(&bound.path.segments.last()?.ident),
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
        Type::Reference(reference) => infer_impl(&mut reference.elem),
        Type::Paren(inner) => infer_impl(&mut inner.elem),
        Type::Group(inner) => infer_impl(&mut inner.elem),
        _ => {}
    }
}

/// By tokens: a type can hide `impl` in any of its corners, and no name can be spelled `impl`.
fn mentions_impl(ty: &Type) -> bool {
    fn search(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => ident == "impl",
            TokenTree::Group(group) => search(group.stream()),
            _ => false,
        })
    }
    search(quote::ToTokens::to_token_stream(ty))
}

/// The name of a parameter whose pattern is nothing but one.
pub(crate) fn plain_name(pattern: &Pat) -> Option<&syn::Ident> {
    match pattern {
        Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => Some(&pattern.ident),
        _ => None,
    }
}

/// The names a pattern binds, and the pattern with `mut` and `ref` taken off, for matching a
/// reference. `None`: the pattern holds something that cannot be matched so.
pub(crate) fn by_reference(pattern: &Pat) -> Option<(Vec<syn::Ident>, Pat)> {
    let mut names = Vec::new();
    let mut pattern = pattern.clone();
    strip(&mut pattern, &mut names).then_some((names, pattern))
}

fn strip(pattern: &mut Pat, names: &mut Vec<syn::Ident>) -> bool {
    match pattern {
        Pat::Ident(ident) => {
            ident.by_ref = None;
            ident.mutability = None;
            names.push(ident.ident.clone());
            match &mut ident.subpat {
                Some((_, inner)) => strip(inner, names),
                None => true,
            }
        }
        Pat::Tuple(tuple) => tuple.elems.iter_mut().all(|inner| strip(inner, names)),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().all(|inner| strip(inner, names)),
        Pat::Slice(slice) => slice.elems.iter_mut().all(|inner| strip(inner, names)),
        Pat::Struct(fields) => fields.fields.iter_mut().all(|field| strip(&mut field.pat, names)),
        Pat::Paren(inner) => strip(&mut inner.pat, names),
        // Matching a reference looks through the references in it.
        Pat::Reference(inner) => {
            *pattern = (*inner.pat).clone();
            strip(pattern, names)
        }
        // Each case binds the same names.
        Pat::Or(cases) => {
            let before = names.len();
            cases.cases.iter_mut().all(|case| {
                names.truncate(before);
                strip(case, names)
            })
        }
        Pat::Wild(_) | Pat::Rest(_) | Pat::Path(_) => true,
        _ => false,
    }
}

/// The receiver's `self` token, if there is one.
pub(crate) fn receiver(signature: &Signature) -> Option<&Token![self]> {
    match signature.inputs.first()? {
        FnArg::Receiver(receiver) => Some(&receiver.self_token),
        FnArg::Typed(_) => None,
    }
}
