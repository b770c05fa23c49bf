//! An item without what is ours inside of it: `#[field]` on parameters.
//!
//! By tokens, because with recording off there is no syn. Compiled against `proc_macro` then, and
//! against `proc_macro2`, whose types have the same names, otherwise.

use crate::tokens::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// The item, with the attributes on its functions' parameters that are ours taken off. Bodies of
/// functions are left alone.
pub(crate) fn strip(item: TokenStream) -> TokenStream {
    if !mentions_field(item.clone()) {
        return item;
    }
    let mut tokens = item.into_iter().peekable();
    let mut out = Vec::new();
    let mut header = Header::default();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Parenthesis && header.expects_parameters() =>
            {
                header = Header::default();
                out.push(rebuilt(&group, parameters(group.stream())));
                // Whatever follows up to the body, or to the semicolon, is the function's.
                for token in tokens.by_ref() {
                    let is_end = match &token {
                        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                        TokenTree::Punct(punct) => punct.as_char() == ';',
                        _ => false,
                    };
                    out.push(token);
                    if is_end {
                        break;
                    }
                }
            }
            // An `impl` block, a trait, a module; or what a macro passed on in one piece.
            TokenTree::Group(group)
                if !matches!(group.delimiter(), Delimiter::Bracket | Delimiter::Parenthesis) =>
            {
                out.push(rebuilt(&group, strip(group.stream())));
            }
            token => {
                header.look_at(&token);
                out.push(token);
            }
        }
    }
    out.into_iter().collect()
}

/// How much of `fn name<..>` has been seen.
#[derive(Default)]
struct Header {
    in_function: bool,
    /// `<` that are open.
    depth: usize,
    after_hyphen: bool,
}

impl Header {
    fn expects_parameters(&self) -> bool {
        self.in_function && self.depth == 0
    }

    fn look_at(&mut self, token: &TokenTree) {
        let mut hyphen = false;
        match token {
            TokenTree::Ident(ident) if self.depth == 0 && is(ident, "fn") => self.in_function = true,
            TokenTree::Punct(punct) if self.in_function => match punct.as_char() {
                '<' => self.depth += 1,
                // Not of an arrow.
                '>' if !self.after_hyphen => self.depth = self.depth.saturating_sub(1),
                '-' => hyphen = punct.spacing() == Spacing::Joint,
                _ => {}
            },
            _ => {}
        }
        self.after_hyphen = hyphen;
    }
}

fn rebuilt(group: &Group, stream: TokenStream) -> TokenTree {
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span());
    TokenTree::Group(new)
}

/// A parameter list without our attributes.
fn parameters(list: TokenStream) -> TokenStream {
    let mut tokens = list.into_iter().peekable();
    let mut out = Vec::new();
    while let Some(token) = tokens.next() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#')
            && matches!(tokens.peek(), Some(TokenTree::Group(group)) if is_field(group))
        {
            tokens.next();
            continue;
        }
        out.push(token);
    }
    out.into_iter().collect()
}

/// `[field]`, `[field(..)]`, `[spanwise::field(..)]`
fn is_field(group: &Group) -> bool {
    let mut path = Vec::new();
    for token in group.stream() {
        match token {
            TokenTree::Ident(ident) => path.push(ident.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            _ => break,
        }
    }
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    group.delimiter() == Delimiter::Bracket && matches!(path[..], ["field"] | ["spanwise", "field"])
}

fn mentions_field(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is(&ident, "field"),
        TokenTree::Group(group) => mentions_field(group.stream()),
        _ => false,
    })
}

#[allow(clippy::cmp_owned, reason = "an identifier of `proc_macro` can be compared in no other way")]
fn is(ident: &Ident, word: &str) -> bool {
    ident.to_string() == word
}
