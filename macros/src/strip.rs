//! Removes `#[field]` from the parameters of functions.
//!
//! By tokens, because with recording off there is no syn. The types are then those of `proc_macro`;
//! otherwise those of `proc_macro2`, which have the same names.

#[cfg(not(feature = "record"))]
use proc_macro::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
#[cfg(feature = "record")]
use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};

/// The item without `#[field]` on the parameters of its functions. Bodies of functions stay as they are.
pub(crate) fn strip(item: TokenStream) -> TokenStream {
    if !mentions_field(item.clone()) {
        return item;
    }
    let mut tokens = item.into_iter().peekable();
    let mut out = Vec::new();
    let mut scan = SignatureScan::default();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Parenthesis && scan.expects_parameters() =>
            {
                scan = SignatureScan::default();
                out.push(rebuilt(&group, parameters(group.stream())));
                // Up to the body or the semicolon, the tokens are the function's.
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
            // An `impl` block, a trait, a module, or an invisible group from a macro.
            TokenTree::Group(group)
                if !matches!(group.delimiter(), Delimiter::Bracket | Delimiter::Parenthesis) =>
            {
                out.push(rebuilt(&group, strip(group.stream())));
            }
            token => {
                scan.look_at(&token);
                out.push(token);
            }
        }
    }
    out.into_iter().collect()
}

/// How much of `fn name<..>` has been read.
#[derive(Default)]
struct SignatureScan {
    in_function: bool,
    /// How many `<` are open
    depth: usize,
    is_after_hyphen: bool,
}

impl SignatureScan {
    fn expects_parameters(&self) -> bool {
        self.in_function && self.depth == 0
    }

    fn look_at(&mut self, token: &TokenTree) {
        let mut is_hyphen = false;
        match token {
            TokenTree::Ident(ident) if self.depth == 0 && is(ident, "fn") => self.in_function = true,
            TokenTree::Punct(punct) if self.in_function => match punct.as_char() {
                '<' => self.depth += 1,
                // `->` closes nothing.
                '>' if !self.is_after_hyphen => self.depth = self.depth.saturating_sub(1),
                '-' => is_hyphen = punct.spacing() == Spacing::Joint,
                _ => {}
            },
            _ => {}
        }
        self.is_after_hyphen = is_hyphen;
    }
}

fn rebuilt(group: &Group, stream: TokenStream) -> TokenTree {
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span());
    TokenTree::Group(new)
}

/// A parameter list without `#[field]`.
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

#[allow(clippy::cmp_owned, reason = "`proc_macro::Ident` has no other comparison")]
fn is(ident: &Ident, word: &str) -> bool {
    ident.to_string() == word
}
