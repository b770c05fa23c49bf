//! Whatever the arguments and the item are, the attribute does not panic, and emits the item.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use proptest::prelude::*;

use crate::args::Args;
use crate::instrument::instrument;
use crate::strip::strip;

/// Words of the attribute and of functions, so that many inputs are nearly right.
const WORDS: &[&str] = &[
    "__inherited",
    "__container",
    "if",
    "Debug",
    "Display",
    "Empty",
    "None",
    "Some",
    "client",
    "debug",
    "true",
    "false",
    "field",
    "instrument",
    "spanwise",
    "async",
    "unsafe",
    "const",
    "extern",
    "fn",
    "impl",
    "trait",
    "mod",
    "struct",
    "type",
    "where",
    "for",
    "dyn",
    "self",
    "Self",
    "pub",
    "mut",
    "ref",
    "a",
    "b",
    "T",
    "u32",
    "String",
    "Future",
    "Stream",
    "Box",
    "Pin",
    "await",
    "r#type",
    "_",
    "'a",
    "\"text\"",
    "\"{a}\"",
    "\"\"",
    "7",
    "1.5",
    "b'x'",
    "=",
    "==",
    ",",
    ";",
    ":",
    "::",
    ".",
    "..",
    "...",
    "->",
    "=>",
    "<",
    ">",
    "&",
    "&&",
    "|",
    "||",
    "#",
    "!",
    "?",
    "%",
    "+",
    "-",
    "*",
    "@",
    "$",
    "~",
];

fn word() -> impl Strategy<Value = TokenStream> {
    prop::sample::select([Args::names(), WORDS.to_vec()].concat())
        .prop_filter_map("no token by itself", |word| word.parse().ok())
}

fn tokens() -> impl Strategy<Value = TokenStream> {
    let leaf = prop::collection::vec(word(), 0..6).prop_map(TokenStream::from_iter);
    leaf.prop_recursive(4, 48, 8, |inner| {
        let delimiters = prop::sample::select(vec![
            Delimiter::Parenthesis,
            Delimiter::Brace,
            Delimiter::Bracket,
            Delimiter::None,
        ]);
        let group = (delimiters, inner)
            .prop_map(|(delimiter, stream)| TokenTree::Group(Group::new(delimiter, stream)).into());
        prop::collection::vec(prop_oneof![2 => word(), 1 => group], 0..8).prop_map(TokenStream::from_iter)
    })
}

/// Valid arguments, which the tests then spoil.
const ARGUMENTS: &[&str] = &[
    "name = \"one\", kind = client, level = debug, scope = \"billing\"",
    "args, skip(a, b), err(Debug, level = warn), ret(Display)",
    "fields(order.id = a.id, \"quoted\" = %b, {NAME} = ?c, later = Empty, self.x), parent = &headers",
    "err(if = |error| error.is_empty()), links = [a, b], root",
    "properties = { \"key\": \"value {a}\" }, enter_on_poll = true, crate = $crate::inner",
    "name = format!(\"{a} {}\", b::<C, D>()), skip_all, off",
    "__container(\"Type\"), __inherited(args, skip(a), __inherited(err))",
];

const ITEMS: &[&str] = &[
    "pub async fn load<'a, T: Send>(#[field] id: u64, (a, mut b): (u32, T)) -> Result<&'a T, Error> where T: Sync { body }",
    "#[track_caller] unsafe extern \"C\" fn plain(self: Pin<&mut Self>, n: [u8; { N }]) -> ! { loop {} }",
    "fn later(n: u32) -> Pin<Box<dyn Future<Output = impl Stream<Item = u32>> + Send + 'a>> { #![allow(unused)] n }",
    "impl<T> Trait<{ N }> for &'a Type<T> where T: Fn() -> u32 { #![allow(unused)] const A: u32 = 1; fn a(&self) {} const fn b() {} }",
    "pub(crate) unsafe trait Trait: Sync { type A; fn a(&self, #[field(debug)] n: u32); fn b(self) where Self: Sized {} }",
    "mod inner { use super::*; macro_rules! m { () => {} } m!(); #[instrument(off)] pub fn a() {} impl A { fn b() {} } }",
];

/// Removes a token, doubles it, replaces it, or inserts another before it, at any depth.
fn spoil(tokens: TokenStream, at: &mut usize, how: u8, other: &TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    for token in tokens {
        let here = *at == 0;
        *at = at.wrapping_sub(1);
        let token = match token {
            TokenTree::Group(group) if !here => {
                let mut new = Group::new(group.delimiter(), spoil(group.stream(), at, how, other));
                new.set_span(group.span());
                TokenTree::Group(new)
            }
            token => token,
        };
        match (here, how % 4) {
            (false, _) => out.extend([token]),
            (true, 0) => {}
            (true, 1) => out.extend([token.clone(), token]),
            (true, 2) => out.extend(other.clone()),
            (true, _) => {
                out.extend(other.clone());
                out.extend([token]);
            }
        }
    }
    out
}

fn spoiled(sources: &'static [&'static str]) -> impl Strategy<Value = TokenStream> {
    let source = prop::sample::select(sources);
    let spoilings = prop::collection::vec((0..60_usize, any::<u8>(), tokens()), 0..4);
    (source, spoilings).prop_map(|(source, spoilings)| {
        let tokens: TokenStream = source.replace('$', "").parse().expect("a list of tokens");
        spoilings.into_iter().fold(tokens, |tokens, (mut at, how, other)| spoil(tokens, &mut at, how, &other))
    })
}

/// Checks that the expansion has no errors, or ends with the item as it was.
fn check(args: TokenStream, item: TokenStream) -> Result<(), TestCaseError> {
    let expanded = instrument(args, item.clone()).to_string();
    if expanded.contains("compile_error !") {
        let item = strip(item).to_string();
        prop_assert!(expanded.ends_with(&item), "{expanded}\ndoes not end with\n{item}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_tokens_do_not_panic(args in tokens(), item in tokens()) {
        check(args, item)?;
    }

    #[test]
    fn arbitrary_arguments_do_not_panic(args in tokens(), item in prop::sample::select(ITEMS)) {
        check(args, item.parse().expect("a list of tokens"))?;
    }

    #[test]
    fn nearly_valid_input_does_not_panic(args in spoiled(ARGUMENTS), item in spoiled(ITEMS)) {
        check(args, item)?;
    }
}

#[test]
fn valid_input_expands_without_errors() {
    for args in ["", ARGUMENTS[0], "args, err, ret"] {
        for item in [ITEMS[0], ITEMS[3], ITEMS[4], ITEMS[5]] {
            let expanded = instrument(args.parse().expect("tokens"), item.parse().expect("tokens"));
            // On a container, `name` is a prefix.
            syn::parse2::<syn::File>(expanded.clone()).unwrap_or_else(|error| panic!("{error}: {expanded}"));
            assert!(!expanded.to_string().contains("compile_error"), "{expanded}");
        }
    }
}
