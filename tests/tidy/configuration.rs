//! Which `#[cfg(…)]` holds: the graph is built for several sets of features, because twins of one module exclude each other.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A set of features that the sources are read with.
pub(crate) struct Configuration {
    pub(crate) name: &'static str,
    /// The features that are off. All others are on.
    pub(crate) off: &'static [&'static str],
}

pub(crate) const CONFIGURATIONS: &[Configuration] = &[
    Configuration { name: "all features", off: &[] },
    Configuration { name: "no metrics, no TLS", off: &["metrics", "tls"] },
    Configuration {
        name: "recording without OTLP",
        off: &["otlp", "otlp-http", "zstd", "metrics", "testing"],
    },
    Configuration {
        name: "recording off",
        off: &["record", "otlp", "otlp-http", "zstd", "metrics", "testing", "logs", "log"],
    },
];

impl Configuration {
    /// Whether code under this predicate is compiled. `None` if that depends on more than features: the platform, for one.
    fn holds(&self, predicate: &[TokenTree]) -> Option<bool> {
        let (first, rest) = predicate.split_first()?;
        let all = |of: &TokenTree| match of {
            TokenTree::Group(group) => {
                let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
                let parts = tokens.split(|token| is_punct(token, ','));
                parts.filter(|part| !part.is_empty()).map(|part| self.holds(part)).collect()
            }
            _ => Vec::new(),
        };
        let rest_first = rest.first();
        match first.to_string().as_str() {
            "test" | "doc" | "loom" => Some(false),
            "feature" => {
                let name = rest.get(1)?.to_string();
                Some(!self.off.contains(&name.trim_matches('"')))
            }
            "not" => all(rest_first?).first().copied().flatten().map(|holds| !holds),
            "all" => every(&all(rest_first?)),
            "any" => {
                let negated: Vec<_> =
                    all(rest_first?).iter().map(|holds| holds.map(|holds| !holds)).collect();
                every(&negated).map(|none| !none)
            }
            _ => None,
        }
    }

    /// The tokens without what is not compiled, at any depth.
    pub(crate) fn compiled(&self, tokens: TokenStream) -> TokenStream {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut kept = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            if self.excludes(&tokens[at..]) {
                at += item_length(&tokens[at..]);
                continue;
            }
            kept.push(match &tokens[at] {
                TokenTree::Group(group) => {
                    let mut inner = proc_macro2::Group::new(group.delimiter(), self.compiled(group.stream()));
                    inner.set_span(group.span());
                    inner.into()
                }
                token => token.clone(),
            });
            at += 1;
        }
        kept.into_iter().collect()
    }

    /// Whether an attribute that starts here takes the item after it out.
    fn excludes(&self, tokens: &[TokenTree]) -> bool {
        let [hash, TokenTree::Group(attribute), ..] = tokens else { return false };
        if !is_punct(hash, '#') || attribute.delimiter() != Delimiter::Bracket {
            return false;
        }
        let attribute: Vec<TokenTree> = attribute.stream().into_iter().collect();
        match &attribute[..] {
            [TokenTree::Ident(name), TokenTree::Group(predicate)] if name == "cfg" => {
                let predicate: Vec<TokenTree> = predicate.stream().into_iter().collect();
                self.holds(&predicate) == Some(false)
            }
            _ => false,
        }
    }
}

fn every(parts: &[Option<bool>]) -> Option<bool> {
    if parts.contains(&Some(false)) {
        return Some(false);
    }
    parts.iter().all(Option::is_some).then_some(true)
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// How many tokens an item, a statement, a field or a match arm has, its attributes included.
fn item_length(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    while tokens.get(at).is_some_and(|token| is_punct(token, '#')) {
        at += 2;
    }
    let ends_with = Ending::of(&tokens[at..]);
    let mut angles = 0;
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let is_arrow = before.is_some_and(|before| is_punct(before, '-') || is_punct(before, '='));
        at += 1;
        match token {
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => return at,
                '<' => angles += 1,
                '>' if !is_arrow => angles -= 1,
                ',' if ends_with == Ending::Comma && angles <= 0 => return at,
                _ => {}
            },
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => match ends_with {
                Ending::Body => return at,
                Ending::Semicolon => {}
                Ending::Comma => match tokens.get(at) {
                    Some(TokenTree::Punct(next)) if "=.?".contains(next.as_char()) => {}
                    Some(TokenTree::Punct(next)) if ",;".contains(next.as_char()) => return at + 1,
                    Some(TokenTree::Ident(next)) if next == "else" => {}
                    _ => return at,
                },
            },
            _ => {}
        }
    }
    at
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Ending {
    /// `use`, `static`, `let`: at the semicolon.
    Semicolon,
    /// `fn`, `impl`, `mod`: with the body, or at a semicolon.
    Body,
    /// A field, an arm, an expression: at a comma, too.
    Comma,
}

impl Ending {
    fn of(tokens: &[TokenTree]) -> Self {
        let words = tokens.iter().filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(Some(ident.to_string())),
            TokenTree::Group(_) | TokenTree::Literal(_) => Some(None),
            TokenTree::Punct(_) => None,
        });
        let mut is_const = false;
        for word in words.take(8) {
            match word.as_deref() {
                Some("pub" | "unsafe" | "async" | "default") | None => {}
                Some("extern") => {}
                Some("const") => is_const = true,
                Some("crate") => {}
                Some("use" | "let" | "static" | "type" | "return") => return Self::Semicolon,
                Some("fn" | "impl" | "trait" | "struct" | "enum" | "union" | "mod" | "macro_rules") => {
                    return Self::Body;
                }
                Some(_) => break,
            }
        }
        if is_const { Self::Semicolon } else { Self::Comma }
    }
}

#[test]
fn what_is_not_compiled_is_left_out() {
    let source = "
        #[cfg(feature = \"record\")] use a::{b, c}; use kept_use;
        #[cfg(test)] mod tests { fn f() {} } mod kept_module {}
        #[cfg(all(unix, not(feature = \"record\")))] pub(crate) const fn kept_function() -> u8 { 1 }
        #[cfg(any(test, feature = \"record\"))] #[inline] pub fn f<T: A<B, C>>(t: T) -> T where T: D { t }
        struct S { #[cfg(feature = \"record\")] a: Map<A, B>, kept_field: u8 }
        fn g() { match x { #[cfg(feature = \"record\")] A { .. } => { a() } B => kept_arm, } }
        #[cfg(feature = \"record\")] const A: S = S { a: 1 }; const KEPT: u8 = 1;
    ";
    let off = Configuration { name: "off", off: &["record"] };
    let kept = off.compiled(source.parse().expect("tokens")).to_string().replace([' ', '\n'], "");
    assert_eq!(
        kept,
        "usekept_use;modkept_module{}\
        #[cfg(all(unix,not(feature=\"record\")))]pub(crate)constfnkept_function()->u8{1}\
        structS{kept_field:u8}fng(){matchx{B=>kept_arm,}}constKEPT:u8=1;"
    );
}
