//! The attribute on an `impl` block, a trait or a module: handed on to each function in it, as an
//! attribute of the function's own. So whatever other attributes the whole has still expand first.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::{
    Attribute, Error, FnArg, Generics, Ident, ImplItem, Item, Meta, Path, Result, Signature, Token,
    TraitItem, Type, Visibility,
};

use crate::args::{Args, DEFAULTS, Name, Text, WITHIN, note};
use crate::expand::spanwise;
use crate::function::starts_function;
use crate::parameters::{binds, variable};
use crate::pattern::mentions;
use crate::strip::strip;

/// What holds functions.
pub(crate) struct Container {
    attributes: Vec<Attribute>,
    /// Everything before the braces.
    header: TokenStream,
    kind: Kind,
    braces: Group,
    inner_attributes: Vec<Attribute>,
    members: Vec<Member>,
}

enum Kind {
    /// Of the type of this name
    Impl(String),
    Trait(String),
    Module,
}

enum Member {
    Function { attributes: Vec<Attribute>, signature: Box<Signature>, whole: TokenStream },
    Container { attributes: Vec<Attribute>, whole: TokenStream },
    Other(TokenStream),
}

impl Container {
    /// Whether an item is one. By tokens, because for nearly every item the answer is no.
    pub(crate) fn is_ahead(item: TokenStream) -> bool {
        let mut tokens = item.into_iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    tokens.next();
                }
                TokenTree::Ident(word) if word == "pub" || word == "unsafe" => {}
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {}
                // What a macro passed on in one piece: an item, or its visibility.
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

    /// The item, with the attribute on each function of it.
    pub(crate) fn distribute(
        self,
        args: &Args,
        tokens: TokenStream,
        errors: &mut Option<Error>,
    ) -> Option<TokenStream> {
        let within = self.within(args, errors);
        self.check_names(args, errors);
        if errors.is_some() {
            return None;
        }
        let Self { attributes, header, braces, inner_attributes, members, .. } = self;
        let path = runtime_path(args);
        let members = members.into_iter().map(|member| match member {
            _ if args.off.is_some() => strip(member.whole()),
            Member::Function { attributes, signature, whole } => {
                let owned = attributes.iter().any(is_ours);
                // Passed over: it cannot be recorded, and nobody has said that it should.
                let cannot =
                    signature.constness.is_some() || signature.variadic.is_some() || is_bodiless(&whole);
                if cannot && !owned {
                    return strip(quote!(#(#attributes)* #whole));
                }
                handed_on(path.as_ref(), &tokens, within.as_deref(), attributes, &whole)
            }
            Member::Container { attributes, whole } => {
                handed_on(path.as_ref(), &tokens, None, attributes, &whole)
            }
            Member::Other(tokens) => tokens,
        });
        let mut group = Group::new(Delimiter::Brace, quote!(#(#inner_attributes)* #(#members)*));
        group.set_span(braces.span());
        Some(quote!(#(#attributes)* #header #group))
    }

    /// What the functions' names are preceded by.
    fn within(&self, args: &Args, errors: &mut Option<Error>) -> Option<String> {
        match &args.name {
            Some(Name::Static(Text::Literal(name))) => return Some(name.value()),
            Some(Name::Static(Text::Constant(path))) => {
                note(errors, Error::new_spanned(path, NAMES_MANY));
            }
            Some(Name::Formatted(tokens)) => note(errors, Error::new_spanned(tokens, NAMES_MANY)),
            None => {}
        }
        match &self.kind {
            Kind::Impl(name) | Kind::Trait(name) => Some(name.clone()),
            Kind::Module => None,
        }
    }

    /// A name that no function has is a mistake; one that some have is left out elsewhere.
    fn check_names(&self, args: &Args, errors: &mut Option<Error>) {
        for name in args.skip.iter().filter(|name| !self.has_somewhere(name)) {
            let message = format!("`skip` names no parameter of any function here: there is no `{name}`");
            note(errors, Error::new(name.span(), message));
        }
        for field in args.fields.iter().filter(|field| field.is_shorthand) {
            if let Some(name) = field.value.as_ref().and_then(variable)
                && !self.has_somewhere(name)
            {
                let message = format!("no function here has a parameter `{name}`; write `name = expression`");
                note(errors, Error::new(name.span(), message));
            }
        }
    }

    fn has_somewhere(&self, name: &Ident) -> bool {
        self.members.iter().any(|member| match member {
            Member::Function { signature, .. } => signature.inputs.iter().any(|input| match input {
                FnArg::Receiver(_) => name == "self",
                FnArg::Typed(typed) => binds(&typed.pat, name),
            }),
            // What its functions are called is looked at when it is expanded itself.
            Member::Container { whole, .. } => mentions(whole.clone(), name),
            Member::Other(_) => false,
        })
    }
}

const NAMES_MANY: &str = "on more than one function, `name` is what their names begin with, as text: `name = \"orders\"` makes \
                          spans of the name `orders::function`";

impl Member {
    fn whole(self) -> TokenStream {
        match self {
            Self::Function { attributes, whole, .. } | Self::Container { attributes, whole } => {
                quote!(#(#attributes)* #whole)
            }
            Self::Other(whole) => whole,
        }
    }
}

/// The function, or what holds functions, with the attribute after all others: in the place of its own,
/// with that one's arguments, if it has one.
fn handed_on(
    path: Option<&Path>,
    defaults: &TokenStream,
    within: Option<&str>,
    mut attributes: Vec<Attribute>,
    whole: &TokenStream,
) -> TokenStream {
    let defaults_word = Ident::new(DEFAULTS, Span::call_site());
    let within_word = Ident::new(WITHIN, Span::call_site());
    let within = within.map(|within| quote!(#within_word(#within),));
    let common = quote!(#within #defaults_word(#defaults));
    let owned = attributes.iter_mut().find(|attribute| is_ours(attribute));
    if let Some(own) = owned {
        let given = match &own.meta {
            Meta::List(list) => with_comma(list.tokens.clone()),
            _ => TokenStream::new(),
        };
        let path = own.path().clone();
        own.meta = syn::parse_quote!(#path(#given #common));
        return quote!(#(#attributes)* #whole);
    }
    let spanwise = spanwise(path);
    quote!(#(#attributes)* #[#spanwise::instrument(#common)] #whole)
}

/// Where the runtime is, as this whole says, or one around it.
fn runtime_path(args: &Args) -> Option<Path> {
    if args.path.is_some() || args.defaults.is_empty() {
        return args.path.clone();
    }
    runtime_path(&Args::parse(args.defaults.clone()).0)
}

fn with_comma(tokens: TokenStream) -> TokenStream {
    let last = tokens.clone().into_iter().last();
    match last {
        None => tokens,
        Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => tokens,
        Some(_) => quote!(#tokens,),
    }
}

/// `#[instrument]`, `#[spanwise::instrument]`: not one of another crate.
fn is_ours(attribute: &Attribute) -> bool {
    let segments = &attribute.path().segments;
    segments.last().is_some_and(|last| last.ident == "instrument")
        && !matches!(segments.first(), Some(first) if first.ident == "tracing")
}

fn is_bodiless(whole: &TokenStream) -> bool {
    matches!(whole.clone().into_iter().last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ';')
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

impl Parse for Container {
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
                    "the functions to record are not here: `#[instrument]` reaches those of an inline module, and \
                     not of another file",
                ));
            }
        };
        let (inner_attributes, members) = match &kind {
            Kind::Impl(_) => members::<ImplItem>(&braces)?,
            Kind::Trait(_) => members::<TraitItem>(&braces)?,
            Kind::Module => members::<Item>(&braces)?,
        };
        Ok(Self { attributes, header: header.into_iter().collect(), kind, braces, inner_attributes, members })
    }
}

fn kind(input: ParseStream<'_>) -> Result<Kind> {
    let kind = read_kind(input);
    let _: TokenStream = input.parse()?;
    kind
}

fn read_kind(input: ParseStream<'_>) -> Result<Kind> {
    let _: Visibility = input.parse()?;
    let _: Option<Token![unsafe]> = input.parse()?;
    if input.peek(Token![mod]) {
        return Ok(Kind::Module);
    }
    if input.peek(Token![trait]) {
        input.parse::<Token![trait]>()?;
        return Ok(Kind::Trait(input.parse::<Ident>()?.unraw().to_string()));
    }
    input.parse::<Token![impl]>()?;
    // `impl <T as Trait>::Output {}` cannot be: what opens an angle is generics.
    if input.peek(Token![<]) {
        let _: Generics = input.parse()?;
    }
    let mut of: Type = input.parse()?;
    if input.peek(Token![for]) {
        input.parse::<Token![for]>()?;
        of = input.parse()?;
    }
    Ok(Kind::Impl(type_name(&of)))
}

/// The name that a person calls a type by.
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

fn members<Other: Parse + quote::ToTokens>(braces: &Group) -> Result<(Vec<Attribute>, Vec<Member>)> {
    let read = |input: ParseStream<'_>| {
        let inner = input.call(Attribute::parse_inner)?;
        let mut members = Vec::new();
        while !input.is_empty() {
            members.push(member::<Other>(input)?);
        }
        Ok((inner, members))
    };
    read.parse2(braces.stream())
}

fn member<Other: Parse + quote::ToTokens>(input: ParseStream<'_>) -> Result<Member> {
    let ahead = input.fork();
    let _ = ahead.call(Attribute::parse_outer)?;
    if starts_container(&ahead) {
        let attributes = input.call(Attribute::parse_outer)?;
        // What it is in detail is its own attribute's affair; here only where it ends.
        let item: Item = input.parse()?;
        return Ok(match &item {
            Item::Mod(module) if module.content.is_none() => Member::Other(quote!(#(#attributes)* #item)),
            _ => Member::Container { attributes, whole: item.to_token_stream() },
        });
    }
    let visible = ahead.fork();
    if visible.parse::<Visibility>().is_ok() && starts_function(&visible) {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        let signature: Signature = input.parse()?;
        let end: TokenTree = input.parse()?;
        let whole = quote!(#visibility #signature #end);
        return Ok(Member::Function { attributes, signature: Box::new(signature), whole });
    }
    let other: Other = input.parse()?;
    Ok(Member::Other(other.to_token_stream()))
}
