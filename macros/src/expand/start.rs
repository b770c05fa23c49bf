//! How a span starts: the callsite, what it hangs on, its attributes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Expr, Ident};

use super::parameter;
use crate::args::{Form, Key, Parent, Text};
use crate::model::{Model, Recorded, Source, SpanName, Taken};

/// A span about to start.
pub(super) struct Start {
    runtime: TokenStream,
    callsite: TokenStream,
    begin: TokenStream,
    /// What is done before the span starts, where it may be recorded.
    set_up: TokenStream,
    is_plain: bool,
}

impl Start {
    pub(super) fn of(model: &Model, runtime: &TokenStream) -> Self {
        let callsite = callsite(model, runtime);
        let begin = match &model.parent {
            None => quote_spanned!(Span::mixed_site()=> #runtime::begin(#callsite)),
            Some(Parent::Nothing) => quote_spanned!(Span::mixed_site()=> #runtime::begin_root(#callsite)),
            Some(Parent::Given(parent)) => {
                let place = located_at(parent);
                let parent = quote_spanned!(place=> &(#parent));
                let begin = quote_spanned!(place=> #runtime::begin_under(#callsite, #parent));
                // A parameter's pattern always matches.
                let taken = model.taken.iter().map(|Taken { index, pattern }| {
                    let whole = parameter(*index);
                    quote_spanned! {Span::mixed_site()=>
                        #[allow(unused_variables, unused_parens)]
                        let #pattern = &#whole;
                    }
                });
                quote_spanned!(Span::mixed_site()=> { #(#taken)* #begin })
            }
        };
        let name = model
            .formatted_name
            .as_ref()
            .map(|tokens| quote_spanned!(Span::mixed_site()=> __start.name(::std::format!(#tokens));));
        let links = model.links.iter().map(|links| {
            let place = located_at(links);
            quote_spanned!(place=> __start.links(&(#links));)
        });
        let attributes = model.attributes.iter().map(|attribute| recorded(attribute, runtime));
        let named = quote!(#name #(#links)*);
        let named = match named.is_empty() {
            true => named,
            false => model.taken.iter().fold(named, |named, taken| looking_into(taken, &named)),
        };
        let set_up = quote!(#named #(#attributes)*);
        let is_plain = model.parent.is_none() && set_up.is_empty();
        Self { runtime: runtime.clone(), callsite, begin, set_up, is_plain }
    }

    /// Starts it by this method of the runtime's `Start`, which is also a function for a span with
    /// nothing to set up.
    pub(super) fn finish(&self, method: &str) -> TokenStream {
        let Self { runtime, callsite, begin, set_up, is_plain } = self;
        let method = Ident::new(method, Span::mixed_site());
        if *is_plain {
            return quote_spanned!(Span::mixed_site()=> #runtime::#method(#callsite));
        }
        let set_up = (!set_up.is_empty()).then(|| {
            quote_spanned! {Span::mixed_site()=>
                #[allow(clippy::used_underscore_binding)]
                if __start.is_recording() { #set_up }
            }
        });
        quote_spanned! {Span::mixed_site()=> {
            #[allow(unused_mut)]
            let mut __start = #begin;
            #set_up
            __start.#method()
        }}
    }
}

fn callsite(model: &Model, runtime: &TokenStream) -> TokenStream {
    let kind = &model.kind;
    let name = match &model.name {
        SpanName::Text(text) => constant(text),
        SpanName::Function(name) => quote!(#name),
        SpanName::Long(name) => quote_spanned! {Span::mixed_site()=>
            ::core::concat!(::core::module_path!(), "::", #name)
        },
    };
    let scope = model.scope.as_ref().map(|scope| {
        let scope = constant(scope);
        quote_spanned!(Span::mixed_site()=> .in_scope(#scope))
    });
    let level =
        model.level.as_ref().map(|level| quote_spanned!(Span::mixed_site()=> .at(#runtime::Level::#level)));
    let unpublished = model.unpublished.then(|| quote_spanned!(Span::mixed_site()=> .unpublished()));
    quote_spanned! {Span::mixed_site()=> {
        struct __Here;
        static __CALLSITE: #runtime::Callsite = #runtime::Callsite::new(
            #name,
            #runtime::SpanKind::#kind,
            #runtime::Place { function: ::core::any::type_name::<__Here>, file: ::core::file!(), line: ::core::line!() },
            #runtime::Crate {
                name: ::core::option_env!("CARGO_PKG_NAME"),
                version: ::core::option_env!("CARGO_PKG_VERSION"),
                module: ::core::module_path!(),
            },
        )#scope #level #unpublished;
        &__CALLSITE
    }}
}

fn constant(text: &Text) -> TokenStream {
    match text {
        Text::Literal(literal) => literal.to_token_stream(),
        Text::Constant(path) => path.to_token_stream(),
    }
}

fn recorded(attribute: &Recorded, runtime: &TokenStream) -> TokenStream {
    let key = match &attribute.key {
        Key::Text(key) => quote!(#key),
        Key::Constant(key) => key.to_token_stream(),
    };
    let conditions = &attribute.conditions;
    let set = |value: TokenStream| quote_spanned!(Span::mixed_site()=> #(#conditions)* __start.attribute(#key, #value););
    let argument = |form: Form, reference: TokenStream| {
        let span = Span::mixed_site().located_at(attribute.span);
        match form {
            // Typed if it is of a type that an attribute may have, `Debug` if not.
            Form::Typed => quote_spanned!(span=> #runtime::argument(#reference).value()),
            Form::Display => quote_spanned!(span=> #runtime::display_value(#reference)),
            Form::Debug => quote_spanned!(span=> #runtime::debug_value(#reference)),
        }
    };
    match &attribute.source {
        Source::Field(form, value, taken) => {
            let set = set(field(*form, value, runtime));
            taken.iter().fold(set, |set, taken| looking_into(taken, &set))
        }
        Source::Argument(form, name) => {
            let place = Span::mixed_site().located_at(attribute.span);
            set(argument(*form, quote_spanned!(place=> &#name)))
        }
        Source::Bound(form, taken, name) => {
            let set = looking_into(taken, &set(argument(*form, quote!(#name))));
            quote!(#(#conditions)* { #set })
        }
    }
}

/// `set`, with the names in scope that a parameter's pattern binds, as references.
fn looking_into(Taken { index, pattern }: &Taken, set: &TokenStream) -> TokenStream {
    let whole = parameter(*index);
    quote_spanned! {Span::mixed_site()=>
        #[allow(unused_variables, unused_parens, irrefutable_let_patterns)]
        if let #pattern = &#whole { #set }
    }
}

fn field(form: Form, value: &Expr, runtime: &TokenStream) -> TokenStream {
    if let (Form::Typed, Expr::Lit(literal)) = (form, value)
        && let syn::Lit::Str(text) = &literal.lit
    {
        return quote_spanned!(Span::mixed_site()=> #runtime::static_value(#text));
    }
    let place = located_at(value);
    match form {
        Form::Typed => quote_spanned!(place=> #runtime::typed_value(&(#value))),
        Form::Display => quote_spanned!(place=> #runtime::display_value(&(#value))),
        Form::Debug => quote_spanned!(place=> #runtime::debug_value(&(#value))),
    }
}

/// The place of the user's expression, for messages about its type.
fn located_at(expression: &Expr) -> Span {
    let first = expression.to_token_stream().into_iter().next();
    Span::mixed_site().located_at(first.map_or(Span::mixed_site(), |token| token.span()))
}
