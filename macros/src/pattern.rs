//! The patterns of parameters.

use proc_macro2::{TokenStream, TokenTree};
use syn::{FnArg, Ident, Member, Pat, Path, Signature, Token};

/// The name of a parameter whose pattern is nothing but one.
pub(crate) fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => Some(&pattern.ident),
        _ => None,
    }
}

/// A name that a pattern binds.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) name: Ident,
    /// What the value is called on the way to it: fields, and types that are taken apart.
    pub(crate) known_as: Vec<Ident>,
}

/// The names a pattern binds, and the pattern with `mut` and `ref` taken off, for matching a
/// reference. `None`: the pattern holds something that cannot be matched so.
pub(crate) fn by_reference(pattern: &Pat) -> Option<(Vec<Binding>, Pat)> {
    let mut bindings = Vec::new();
    let mut pattern = pattern.clone();
    strip(&mut pattern, &[], &mut bindings).then_some((bindings, pattern))
}

fn strip(pattern: &mut Pat, known_as: &[Ident], bindings: &mut Vec<Binding>) -> bool {
    let through = |path: &Path| -> Vec<Ident> {
        known_as.iter().cloned().chain(path.segments.iter().map(|segment| segment.ident.clone())).collect()
    };
    match pattern {
        Pat::Ident(ident) => {
            ident.by_ref = None;
            ident.mutability = None;
            bindings.push(Binding { name: ident.ident.clone(), known_as: known_as.to_vec() });
            match &mut ident.subpat {
                Some((_, inner)) => strip(inner, known_as, bindings),
                None => true,
            }
        }
        Pat::Tuple(tuple) => tuple.elems.iter_mut().all(|inner| strip(inner, known_as, bindings)),
        Pat::TupleStruct(tuple) => {
            let known_as = through(&tuple.path);
            tuple.elems.iter_mut().all(|inner| strip(inner, &known_as, bindings))
        }
        Pat::Slice(slice) => slice.elems.iter_mut().all(|inner| strip(inner, known_as, bindings)),
        Pat::Struct(fields) => {
            let known_as = through(&fields.path);
            fields.fields.iter_mut().all(|field| {
                let mut known_as = known_as.clone();
                if let Member::Named(member) = &field.member {
                    known_as.push(member.clone());
                }
                strip(&mut field.pat, &known_as, bindings)
            })
        }
        Pat::Paren(inner) => strip(&mut inner.pat, known_as, bindings),
        // Matching a reference looks through the references in it.
        Pat::Reference(inner) => {
            *pattern = (*inner.pat).clone();
            strip(pattern, known_as, bindings)
        }
        // Each case binds the same names.
        Pat::Or(cases) => {
            let before = bindings.len();
            cases.cases.iter_mut().all(|case| {
                bindings.truncate(before);
                strip(case, known_as, bindings)
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
