//! The patterns of parameters.

use proc_macro2::{TokenStream, TokenTree};
use syn::{FnArg, Ident, Pat, Signature, Token};

/// The name of a parameter whose pattern is nothing but one.
pub(crate) fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => Some(&pattern.ident),
        _ => None,
    }
}

/// The names a pattern binds, and the pattern with `mut` and `ref` taken off, for matching a
/// reference. `None`: the pattern holds something that cannot be matched so.
pub(crate) fn by_reference(pattern: &Pat) -> Option<(Vec<Ident>, Pat)> {
    let mut names = Vec::new();
    let mut pattern = pattern.clone();
    strip(&mut pattern, &mut names).then_some((names, pattern))
}

fn strip(pattern: &mut Pat, names: &mut Vec<Ident>) -> bool {
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

/// Whether tokens mention a name, in a text that is formatted too.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        // `format!("{name}")`
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        TokenTree::Punct(_) => false,
    })
}
