//! The attribute on an `impl` block, a trait or a module. It is put on each function in it, so that other
//! attributes on the whole expand first.

mod parse;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, FnArg, Ident, Meta, Path};

use self::parse::ContainerItem;
use crate::args::argument::ContainerFacts;
use crate::args::{Args, CONTAINER, INHERITED};
use crate::errors::Errors;
use crate::function::parameters::binds;
use crate::strip::strip;
use crate::syntax::tokens::mentions;

pub(crate) use self::parse::FunctionContainer;

impl FunctionContainer {
    /// The item, with the attribute on each function in it. `tokens` are the arguments as written.
    pub(crate) fn distribute(
        self,
        args: &Args,
        tokens: &TokenStream,
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        let has_parameter = |name: &Ident| self.items.iter().any(|item| item.has_parameter(name));
        args.check_on_container(&ContainerFacts { has_parameter: &has_parameter }, errors);
        if !errors.is_empty() {
            return None;
        }
        let Self { attributes, header, name, braces, inner_attributes, items } = self;
        let inheritance = Inheritance {
            spanwise: args.spanwise_path(),
            args: tokens,
            container_name: args.name.prefix().or(name),
        };
        let items = items.into_iter().map(|item| match item {
            _ if args.off.is_given => strip(item.whole()),
            ContainerItem::Function { attributes, signature, whole } => {
                let is_asked = attributes.iter().any(is_instrument);
                let is_recordable =
                    signature.constness.is_none() && signature.variadic.is_none() && !is_bodiless(&whole);
                match is_recordable || is_asked {
                    true => inheritance.on_function(attributes, &whole),
                    // Left out without an error, because nobody asked for this function.
                    false => strip(quote!(#(#attributes)* #whole)),
                }
            }
            ContainerItem::Container { attributes, whole } => inheritance.on_container(attributes, &whole),
            ContainerItem::Other(tokens) => tokens,
        });
        let mut group = Group::new(Delimiter::Brace, quote!(#(#inner_attributes)* #(#items)*));
        group.set_span(braces.span());
        Some(quote!(#(#attributes)* #header #group))
    }
}

impl ContainerItem {
    /// Whether a function has a parameter that binds this name.
    fn has_parameter(&self, name: &Ident) -> bool {
        match self {
            Self::Function { signature, .. } => signature.inputs.iter().any(|input| match input {
                FnArg::Receiver(_) => name == "self",
                FnArg::Typed(typed) => binds(&typed.pat, name),
            }),
            // Its functions are not read here, so any name in it counts.
            Self::Container { whole, .. } => mentions(whole.clone(), name),
            Self::Other(_) => false,
        }
    }

    fn whole(self) -> TokenStream {
        match self {
            Self::Function { attributes, whole, .. } | Self::Container { attributes, whole } => {
                quote!(#(#attributes)* #whole)
            }
            Self::Other(whole) => whole,
        }
    }
}

/// What the attribute on a container passes to the attributes on its items.
struct Inheritance<'a> {
    spanwise: Path,
    args: &'a TokenStream,
    container_name: Option<String>,
}

impl Inheritance<'_> {
    fn on_function(&self, attributes: Vec<Attribute>, whole: &TokenStream) -> TokenStream {
        let word = Ident::new(CONTAINER, Span::call_site());
        let container_name = self.container_name.as_ref().map(|name| quote!(#word(#name),));
        self.on_item(container_name, attributes, whole)
    }

    fn on_container(&self, attributes: Vec<Attribute>, whole: &TokenStream) -> TokenStream {
        self.on_item(None, attributes, whole)
    }

    /// Adds to the item's own `#[instrument]`, or puts one after all other attributes.
    fn on_item(
        &self,
        container_name: Option<TokenStream>,
        mut attributes: Vec<Attribute>,
        whole: &TokenStream,
    ) -> TokenStream {
        let Self { spanwise, args, .. } = self;
        let word = Ident::new(INHERITED, Span::call_site());
        let inherited = quote!(#container_name #word(#args));
        if let Some(own) = attributes.iter_mut().find(|attribute| is_instrument(attribute)) {
            let own_args = match &own.meta {
                Meta::List(list) => with_comma(list.tokens.clone()),
                _ => TokenStream::new(),
            };
            let path = own.path().clone();
            own.meta = syn::parse_quote!(#path(#own_args #inherited));
            return quote!(#(#attributes)* #whole);
        }
        quote!(#(#attributes)* #[#spanwise::instrument(#inherited)] #whole)
    }
}

fn with_comma(tokens: TokenStream) -> TokenStream {
    let last = tokens.clone().into_iter().last();
    match last {
        None => tokens,
        Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => tokens,
        Some(_) => quote!(#tokens,),
    }
}

/// `#[instrument]` and `#[spanwise::instrument]`, but not `#[tracing::instrument]`.
fn is_instrument(attribute: &Attribute) -> bool {
    let segments = &attribute.path().segments;
    segments.last().is_some_and(|last| last.ident == "instrument")
        && !matches!(segments.first(), Some(first) if first.ident == "tracing")
}

fn is_bodiless(whole: &TokenStream) -> bool {
    matches!(whole.clone().into_iter().last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ';')
}
