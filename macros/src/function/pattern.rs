//! The patterns of parameters.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Ident, Member, Pat, Path};

/// The name, if the pattern is only a name.
pub(crate) fn plain_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => Some(&pattern.ident),
        _ => None,
    }
}

/// A variable that a pattern binds.
#[derive(Clone)]
pub(crate) struct BoundVariable {
    pub(crate) name: Ident,
    /// The fields and types on the way to the value: `Login` and `password` in `Login { password: p }`
    pub(crate) known_as: Vec<Ident>,
}

/// The variables that a pattern binds, and the pattern without `mut` and `ref`, to match a reference.
/// `None` if part of the pattern cannot match a reference.
pub(crate) fn by_reference(pattern: &Pat) -> Option<(Vec<BoundVariable>, Pat)> {
    let mut bindings = Vec::new();
    let mut pattern = pattern.clone();
    remove_modes(&mut pattern, &[], &mut bindings).then_some((bindings, pattern))
}

/// Whether the pattern has `ref mut`, so that the value that it matches must be mutable.
pub(crate) fn binds_mutably(pattern: &Pat) -> bool {
    fn has_ref_mut(tokens: TokenStream) -> bool {
        let mut is_after_ref = false;
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(word) => std::mem::replace(&mut is_after_ref, word == "ref") && word == "mut",
            TokenTree::Group(group) => has_ref_mut(group.stream()),
            _ => {
                is_after_ref = false;
                false
            }
        })
    }
    has_ref_mut(pattern.to_token_stream())
}

/// Removes the binding modes `mut` and `ref`, and collects the variables. False if that is impossible.
fn remove_modes(pattern: &mut Pat, known_as: &[Ident], bindings: &mut Vec<BoundVariable>) -> bool {
    let through = |path: &Path| -> Vec<Ident> {
        known_as.iter().cloned().chain(path.segments.iter().map(|segment| segment.ident.clone())).collect()
    };
    match pattern {
        Pat::Ident(ident) => {
            ident.by_ref = None;
            ident.mutability = None;
            bindings.push(BoundVariable { name: ident.ident.clone(), known_as: known_as.to_vec() });
            match &mut ident.subpat {
                Some((_, inner)) => remove_modes(inner, known_as, bindings),
                None => true,
            }
        }
        Pat::Tuple(tuple) => tuple.elems.iter_mut().all(|inner| remove_modes(inner, known_as, bindings)),
        Pat::TupleStruct(tuple) => {
            let known_as = through(&tuple.path);
            tuple.elems.iter_mut().all(|inner| remove_modes(inner, &known_as, bindings))
        }
        Pat::Slice(slice) => slice.elems.iter_mut().all(|inner| remove_modes(inner, known_as, bindings)),
        Pat::Struct(fields) => {
            let known_as = through(&fields.path);
            fields.fields.iter_mut().all(|field| {
                let mut known_as = known_as.clone();
                if let Member::Named(member) = &field.member {
                    known_as.push(member.clone());
                }
                remove_modes(&mut field.pat, &known_as, bindings)
            })
        }
        Pat::Paren(inner) => remove_modes(&mut inner.pat, known_as, bindings),
        // A pattern that matches a reference also sees through the references inside.
        Pat::Reference(inner) => {
            *pattern = (*inner.pat).clone();
            remove_modes(pattern, known_as, bindings)
        }
        // Each case binds the same variables.
        Pat::Or(cases) => {
            let before = bindings.len();
            cases.cases.iter_mut().all(|case| {
                bindings.truncate(before);
                remove_modes(case, known_as, bindings)
            })
        }
        Pat::Wild(_) | Pat::Rest(_) | Pat::Path(_) => true,
        _ => false,
    }
}
