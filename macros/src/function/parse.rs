//! The function below the attribute. Its header is parsed; its body stays tokens.
//!
//! Not parsing the body is faster, and an editor still understands a body that is being typed. The parser does not even see
//! it, because it would first copy all of its tokens.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::spanned::Spanned as _;
use syn::{Attribute, Error, Ident, Result, Signature, Token, Visibility};

use crate::syntax::tokens::mentions;

/// A function with a body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// `#![..]` at the start of the body.
    pub(crate) inner_attributes: Vec<Attribute>,
    /// The body without its braces and inner attributes.
    pub(crate) statements: TokenStream,
    /// The body's braces, for their place in the source.
    pub(crate) braces: Group,
}

/// Everything before a function's body.
struct FunctionHeader {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
}

impl Parse for FunctionHeader {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        refuse_other_items(input)?;
        let signature: Signature = input.parse()?;
        if input.peek(Token![;]) {
            return Err(Error::new(
                signature.ident.span(),
                "this function has no body to record; put `#[instrument]` on its implementation",
            ));
        }
        // Stands for the body.
        let TokenTree::Group(_) = input.parse()? else {
            return Err(Error::new(signature.span(), "expected the function's body"));
        };
        Ok(Self { attributes, visibility, signature })
    }
}

impl Function {
    pub(crate) fn parse(item: TokenStream) -> Result<Self> {
        let mut tokens: Vec<TokenTree> = item.into_iter().collect();
        // A macro's `$item:item`
        if let [TokenTree::Group(whole)] = &*tokens
            && whole.delimiter() == Delimiter::None
        {
            return Self::parse(whole.stream());
        }
        let mut body = None;
        if let Some(TokenTree::Group(last)) = tokens.last_mut()
            && matches!(last.delimiter(), Delimiter::Brace | Delimiter::None)
        {
            let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
            empty.set_span(last.span());
            body = Some(std::mem::replace(last, empty));
        }
        let FunctionHeader { attributes, visibility, signature } = syn::parse2(tokens.into_iter().collect())?;
        let body = body.ok_or_else(|| Error::new(signature.span(), "expected the function's body"))?;
        let braces = in_braces(body);
        let (inner_attributes, statements) = match starts_with_attribute(braces.stream()) {
            true => split_body.parse2(braces.stream())?,
            false => (Vec::new(), braces.stream()),
        };
        Ok(Self { attributes, visibility, signature, inner_attributes, statements, braces })
    }
}

/// The group in braces, without the invisible groups that a macro's `$body:block` comes in.
fn in_braces(group: Group) -> Group {
    let mut inner = group.stream().into_iter();
    match (group.delimiter(), inner.next(), inner.next()) {
        (Delimiter::None, Some(TokenTree::Group(only)), None) => in_braces(only),
        _ => group,
    }
}

fn starts_with_attribute(body: TokenStream) -> bool {
    let mut tokens = body.into_iter().take(2);
    let mut is =
        |expected| matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == expected);
    is('#') && is('!')
}

fn split_body(input: ParseStream<'_>) -> Result<(Vec<Attribute>, TokenStream)> {
    Ok((input.call(Attribute::parse_inner)?, input.parse()?))
}

fn refuse_other_items(input: ParseStream<'_>) -> Result<()> {
    if starts_function(input) {
        return Ok(());
    }
    let what = if input.peek(Token![struct]) || input.peek(Token![enum]) || input.peek(Token![union]) {
        "a type"
    } else if input.peek(Token![static]) || input.peek(Token![const]) {
        "a constant"
    } else if input.peek(Token![let]) {
        "a statement"
    } else if input.peek(Token![type]) {
        "a type alias"
    } else if input.peek(Token![use]) || input.peek(Token![extern]) {
        "an import"
    } else {
        "this item"
    };
    Err(input.error(format!(
        "`#[instrument]` does not work on {what}; put it on a function, an `impl` block, a trait or a module"
    )))
}

/// Whether a function's header follows, even one that is still being typed.
pub(crate) fn starts_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let mut is_qualified = false;
    loop {
        if ahead.peek(Token![fn]) {
            return true;
        }
        let is_qualifier = ahead.peek(Token![const])
            || ahead.peek(Token![async])
            || ahead.peek(Token![unsafe])
            || ahead.peek(Token![extern])
            || (is_qualified && ahead.peek(syn::LitStr));
        if !is_qualifier || ahead.parse::<TokenTree>().is_err() {
            return false;
        }
        is_qualified = true;
    }
}

impl Function {
    /// Whether the function is `#[track_caller]`. A closure around its body would hide the caller's line.
    pub(crate) fn is_track_caller(&self) -> bool {
        let word = Ident::new("track_caller", Span::call_site());
        // `cfg_attr` may or may not add it. Running in place is correct in both cases.
        self.attributes.iter().any(|attribute| {
            attribute.path().is_ident("track_caller")
                || (attribute.path().is_ident("cfg_attr")
                    && mentions(attribute.meta.to_token_stream(), &word))
        })
    }

    /// Whether the function expects this lint: `#[expect(lint)]`, in `cfg_attr` too.
    pub(crate) fn expects(&self, lint: &str) -> bool {
        let mentions_word = |attribute: &Attribute, word: &str| {
            mentions(attribute.meta.to_token_stream(), &Ident::new(word, Span::call_site()))
        };
        self.attributes
            .iter()
            .any(|attribute| mentions_word(attribute, "expect") && mentions_word(attribute, lint))
    }

    /// Whether another attribute macro follows that may need an `async fn`, such as `#[tokio::main]`.
    pub(crate) fn has_other_macros(&self) -> bool {
        // Attributes of the compiler that mean the same on an async function and on a plain one.
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
}
