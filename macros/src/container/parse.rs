//! Reads an `impl` block, a trait or a module, and finds the functions in it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{
    Attribute, Generics, Ident, ImplItem, Item, Result, Signature, Token, TraitItem, Type, Visibility,
};

use crate::function::parse::starts_function;

/// An `impl` block, a trait or a module.
pub(crate) struct FunctionContainer {
    pub(super) attributes: Vec<Attribute>,
    /// Everything before the braces
    pub(super) header: TokenStream,
    /// The prefix of its functions' names: its type or its trait
    pub(super) name: Option<String>,
    pub(super) braces: Group,
    pub(super) inner_attributes: Vec<Attribute>,
    pub(super) items: Vec<ContainerItem>,
}

/// One item of a container.
pub(super) enum ContainerItem {
    Function { attributes: Vec<Attribute>, signature: Box<Signature>, whole: TokenStream },
    Container { attributes: Vec<Attribute>, whole: TokenStream },
    Other(TokenStream),
}

enum ContainerKind {
    /// With the name of the type
    Impl(String),
    Trait(String),
    Module,
}

impl FunctionContainer {
    /// Whether an item is a container. By tokens, because nearly every item is not.
    pub(crate) fn is_ahead(item: TokenStream) -> bool {
        let mut tokens = item.into_iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    tokens.next();
                }
                TokenTree::Ident(word) if word == "pub" || word == "unsafe" => {}
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {}
                // An item or a visibility from a macro's `$item:item` or `$vis:vis`
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                    if !group.stream().is_empty() && Self::is_ahead(group.stream()) {
                        return true;
                    }
                }
                TokenTree::Ident(word) => return word == "impl" || word == "trait" || word == "mod",
                _ => return false,
            }
        }
        false
    }
}

/// Whether an `impl` block, a trait or a module with a body of its own begins here.
fn starts_container(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    if ahead.parse::<Visibility>().is_err() {
        return false;
    }
    if ahead.peek(Token![unsafe]) && (ahead.peek2(Token![impl]) || ahead.peek2(Token![trait])) {
        return true;
    }
    ahead.peek(Token![impl]) || ahead.peek(Token![trait]) || ahead.peek(Token![mod])
}

impl Parse for FunctionContainer {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let kind = kind(&input.fork())?;
        let mut header = Vec::new();
        let braces = loop {
            match input.parse()? {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && input.is_empty() => {
                    break group;
                }
                token => header.push(token),
            }
            if input.is_empty() {
                return Err(input.error(
                    "`#[instrument]` does not reach the functions in another file; put it on those functions, or write \
                     the module inline",
                ));
            }
        };
        let (name, (inner_attributes, items)) = match kind {
            ContainerKind::Impl(name) => (Some(name), items::<ImplItem>(&braces)?),
            ContainerKind::Trait(name) => (Some(name), items::<TraitItem>(&braces)?),
            ContainerKind::Module => (None, items::<Item>(&braces)?),
        };
        Ok(Self { attributes, header: header.into_iter().collect(), name, braces, inner_attributes, items })
    }
}

fn kind(input: ParseStream<'_>) -> Result<ContainerKind> {
    let kind = read_kind(input);
    let _: TokenStream = input.parse()?;
    kind
}

fn read_kind(input: ParseStream<'_>) -> Result<ContainerKind> {
    let _: Visibility = input.parse()?;
    let _: Option<Token![unsafe]> = input.parse()?;
    if input.peek(Token![mod]) {
        return Ok(ContainerKind::Module);
    }
    if input.peek(Token![trait]) {
        input.parse::<Token![trait]>()?;
        return Ok(ContainerKind::Trait(input.parse::<Ident>()?.unraw().to_string()));
    }
    input.parse::<Token![impl]>()?;
    // `impl <T as Trait>::Output {}` is not valid, so `<` starts the generics.
    if input.peek(Token![<]) {
        let _: Generics = input.parse()?;
    }
    let mut of: Type = input.parse()?;
    if input.peek(Token![for]) {
        input.parse::<Token![for]>()?;
        of = input.parse()?;
    }
    Ok(ContainerKind::Impl(type_name(&of)))
}

/// The name of a type without its path and generics.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => match path.path.segments.last() {
            Some(last) => last.ident.unraw().to_string(),
            None => "_".to_owned(),
        },
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        Type::Group(inner) => type_name(&inner.elem),
        other => other.to_token_stream().to_string(),
    }
}

fn items<Other: Parse + ToTokens>(braces: &Group) -> Result<(Vec<Attribute>, Vec<ContainerItem>)> {
    let read = |input: ParseStream<'_>| {
        let inner = input.call(Attribute::parse_inner)?;
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(item::<Other>(input)?);
        }
        Ok((inner, items))
    };
    read.parse2(braces.stream())
}

fn item<Other: Parse + ToTokens>(input: ParseStream<'_>) -> Result<ContainerItem> {
    let ahead = input.fork();
    let _ = ahead.call(Attribute::parse_outer)?;
    if starts_container(&ahead) {
        let attributes = input.call(Attribute::parse_outer)?;
        // Only its end matters here; its own attribute reads the rest.
        let item: Item = input.parse()?;
        return Ok(match &item {
            Item::Mod(module) if module.content.is_none() => {
                ContainerItem::Other(quote!(#(#attributes)* #item))
            }
            _ => ContainerItem::Container { attributes, whole: item.to_token_stream() },
        });
    }
    let visible = ahead.fork();
    if visible.parse::<Visibility>().is_ok() && starts_function(&visible) {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        let signature: Signature = input.parse()?;
        let end: TokenTree = input.parse()?;
        let whole = quote!(#visibility #signature #end);
        return Ok(ContainerItem::Function { attributes, signature: Box::new(signature), whole });
    }
    let other: Other = input.parse()?;
    Ok(ContainerItem::Other(other.to_token_stream()))
}
