//! Uses of `tracing` and `fastrace` beside their attribute: what to write in their place.

use proc_macro2::{TokenStream, TokenTree};

use crate::source::{Source, each_level, is_punct};

/// Two names of a path, and what to do about them.
const PATHS: &[(&str, &str, &str)] = &[
    ("Span", "current", "`Span::current().record(..)` is `spanwise::set_attribute(..)`"),
    ("Span", "root", "`Span::root(..)` is `#[instrument(root)]`; a span without a parent is a root anyway"),
    ("LocalSpan", "enter_with_local_parent", "a local span is `let _span = spanwise::span!(\"name\");`"),
    ("LocalSpan", "add_property", "a property is `spanwise::set_attribute(\"key\", value)`"),
    (
        "tracing_opentelemetry",
        "layer",
        "the set-up is `spanwise::init()`; `spanwise::logs::Bridge` takes the spans of other crates",
    ),
    ("fastrace", "set_reporter", "the set-up is `spanwise::init()`"),
];

const METHODS: &[(&str, &str)] = &[
    ("in_current_span", "`future.in_current_span()` is `future.with_current_context()`"),
    (
        "instrument",
        "`future.instrument(span)` is an annotated function that makes the future, or stays with `spanwise::logs::Bridge`",
    ),
    ("in_span", "`future.in_span(span)` is an annotated function that makes the future"),
];

const MACROS: &[&str] = &["span", "trace_span", "debug_span", "info_span", "warn_span", "error_span"];

pub(crate) fn find(source: &mut Source<'_>, tokens: TokenStream) {
    let is_used = |name: &str| mentions(tokens.clone(), name);
    if !is_used("tracing") && !is_used("fastrace") && !is_used("tracing_opentelemetry") {
        return;
    }
    each_level(&tokens, &mut |level| {
        for (at, token) in level.iter().enumerate() {
            let TokenTree::Ident(word) = token else { continue };
            let name = word.to_string();
            let next = |offset: usize| level.get(at + offset);
            if is_punct(next(1), ':') && is_punct(next(2), ':') {
                let Some(TokenTree::Ident(second)) = next(3) else { continue };
                let found = PATHS.iter().find(|(one, two, _)| name == *one && second == two);
                if let Some((_, _, remark)) = found {
                    source.remark(word.span(), *remark);
                }
            } else if at > 0
                && is_punct(level.get(at - 1), '.')
                && matches!(next(1), Some(TokenTree::Group(_)))
            {
                if let Some((_, remark)) = METHODS.iter().find(|(method, _)| name == *method) {
                    source.remark(word.span(), *remark);
                }
            } else if is_punct(next(1), '!') && MACROS.contains(&name.as_str()) {
                source.remark(
                    word.span(),
                    format!("`{name}!` is `spanwise::span!`, or stays with `spanwise::logs::Bridge`"),
                );
            }
        }
    });
}

fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}
