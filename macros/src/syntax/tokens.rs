//! Searches in tokens, and the place of an expression.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Expr, Ident, Path};

/// Whether tokens mention a variable, in a format string too.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        // `format!("{name}")`
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        TokenTree::Punct(_) => false,
    })
}

/// Whether any identifier in the tokens, at any depth, satisfies a condition.
pub(crate) fn any_ident(tokens: TokenStream, is: &impl Fn(&Ident) -> bool) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is(&ident),
        TokenTree::Group(group) => any_ident(group.stream(), is),
        _ => false,
    })
}

/// An expression without the invisible groups that a macro's `$name:literal` comes in.
pub(crate) fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}

/// The same tokens as if they were written by the macro, where they stand now. Types and paths mean the same.
pub(crate) fn ours(tokens: TokenStream) -> TokenStream {
    let respan = |mut token: TokenTree| {
        let place = Span::mixed_site().located_at(token.span());
        if let TokenTree::Group(group) = &token {
            token = TokenTree::Group(Group::new(group.delimiter(), ours(group.stream())));
        }
        if !matches!(&token, TokenTree::Ident(word) if is_dollar_crate(word)) {
            token.set_span(place);
        }
        token
    };
    tokens.into_iter().map(respan).collect()
}

/// The same path at this place, which has our hygiene.
pub(crate) fn at(place: Span, path: &Path) -> Path {
    let mut path = path.clone();
    if let Some(colon) = &mut path.leading_colon {
        colon.spans = [place; 2];
    }
    for segment in &mut path.segments {
        if !is_dollar_crate(&segment.ident) {
            segment.ident.set_span(place);
        }
    }
    path
}

/// The span of `$crate` says which crate it is.
fn is_dollar_crate(word: &Ident) -> bool {
    word == "$crate"
}

/// The place of a path with our hygiene.
pub(crate) fn located_at_path(path: &Path) -> Span {
    let first = path.segments.first();
    Span::mixed_site().located_at(first.map_or(Span::mixed_site(), |segment| segment.ident.span()))
}

/// The place of the user's expression with our hygiene. The compiler reports errors about its type there.
pub(crate) fn located_at(expression: &Expr) -> Span {
    let first = expression.to_token_stream().into_iter().next();
    Span::mixed_site().located_at(first.map_or(Span::mixed_site(), |token| token.span()))
}
