//! The model written out as tokens.
//!
//! What comes out is a static callsite and one or two calls (see `spanwise::instrument` for it in
//! full); whatever has logic in it is an ordinary function of the runtime's. All names of ours have
//! `mixed_site` hygiene, so that none of them can meet one of the user's, and the paths start at
//! `::spanwise` and `::core`, so that no prelude is needed.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{FnArg, Ident, Pat, ReturnType, Signature};

use crate::args::Form;
use crate::function::{Function, ReturnedFuture, receiver};
use crate::model::{Model, Recorded, Shape, Source, Taken, conditions};

pub(crate) fn expand(model: Model) -> TokenStream {
    let mut parts = Parts::of(&model);
    let callsite = callsite(&model);
    let recorded = recorded(&model.attributes);
    let begin = |finish: &str| {
        let finish = Ident::new(finish, Span::mixed_site());
        match &recorded {
            None => quote_spanned!(Span::mixed_site()=> ::spanwise::__private::#finish(#callsite)),
            Some(recorded) => quote_spanned! {Span::mixed_site()=> {
                let mut __start = ::spanwise::__private::begin(#callsite);
                #recorded
                __start.#finish()
            }},
        }
    };
    let statements = match model.shape {
        Shape::Closure => in_closure(&model, &parts, begin),
        Shape::InPlace => in_place(&parts, begin),
        Shape::Async => {
            give_a_future(&mut parts.signature);
            in_async(&model, &parts, begin)
        }
        Shape::AsyncWithin => {
            let lazy = in_async(&model, &parts, begin);
            awaited(&model, &lazy)
        }
        Shape::Returns(held) => in_future(&model, &parts, held, begin),
    };

    let Function { attributes, visibility, inner_attributes, braces, .. } = &model.function;
    let signature = &parts.signature;
    let block = {
        let mut group = proc_macro2::Group::new(
            proc_macro2::Delimiter::Brace,
            quote! { #(#inner_attributes)* #statements },
        );
        group.set_span(Span::mixed_site().located_at(braces.span()));
        group
    };
    quote! { #(#attributes)* #visibility #signature #block }
}

/// The function's pieces, rearranged so that its arguments are taken into the body: they are dropped
/// there, in the order a plain function drops them, before the span ends.
struct Parts {
    signature: Signature,
    /// `let a = a;`, one for each parameter, in order of declaration; then the user's block. It has the
    /// edition of the user's crate, and the block around it ours, 2024: what the last expression borrows
    /// from an argument is let go where the user's edition says, and in any case before the argument.
    body: TokenStream,
}

impl Parts {
    fn of(model: &Model) -> Self {
        let mut signature = model.function.signature.clone();
        let mut taken = TokenStream::new();
        if let (Some(this), true) = (receiver(&signature), model.shape != Shape::InPlace) {
            // A mention, which makes the closure capture the whole of it.
            taken.extend(quote_spanned!(this.span=> let _ = &#this;));
        }
        for (index, input) in signature.inputs.iter_mut().enumerate() {
            let FnArg::Typed(typed) = input else { continue };
            let conditions = conditions(typed);
            let allow = quote! {
                #[allow(
                    clippy::redundant_locals,
                    clippy::used_underscore_binding,
                    clippy::no_effect_underscore_binding
                )]
            };
            match &mut *typed.pat {
                Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => {
                    let name = &pattern.ident;
                    let mutability = pattern.mutability.take();
                    taken.extend(quote!(#(#conditions)* #allow let #mutability #name = #name;));
                }
                pattern => {
                    let whole = parameter(index);
                    let original = std::mem::replace(pattern, syn::parse_quote!(#whole));
                    taken.extend(quote!(#(#conditions)* #allow let #whole = #whole;));
                    if !matches!(original, Pat::Wild(_)) {
                        taken.extend(quote!(#(#conditions)* #[allow(unused_parens)] let #original = #whole;));
                    }
                }
            }
        }
        let statements = &model.function.statements;
        // With an item that is nothing, so that no lint takes the user's braces for superfluous.
        let nothing = quote_spanned!(Span::mixed_site()=> ;);
        let mut block = proc_macro2::Group::new(proc_macro2::Delimiter::Brace, quote!(#nothing #statements));
        block.set_span(model.function.braces.span());
        Self { signature, body: quote!(#taken #block) }
    }
}

/// The name a parameter goes by whose pattern is no plain name.
fn parameter(index: usize) -> Ident {
    format_ident!("__argument{index}", span = Span::mixed_site())
}

fn callsite(model: &Model) -> TokenStream {
    let Model { name, kind, .. } = model;
    quote_spanned! {Span::mixed_site()=> {
        fn __here() -> &'static ::core::primitive::str { ::core::any::type_name_of_val(&__here) }
        static __CALLSITE: ::spanwise::__private::Callsite = ::spanwise::__private::Callsite::new(
            #name,
            ::spanwise::__private::SpanKind::#kind,
            ::spanwise::__private::Place {
                function: __here,
                file: ::core::file!(),
                line: ::core::line!(),
            },
            ::spanwise::__private::Scope {
                name: ::core::option_env!("CARGO_PKG_NAME"),
                version: ::core::option_env!("CARGO_PKG_VERSION"),
                module: ::core::module_path!(),
            },
        );
        &__CALLSITE
    }}
}

fn recorded(attributes: &[Recorded]) -> Option<TokenStream> {
    if attributes.is_empty() {
        return None;
    }
    let each = attributes.iter().map(|attribute| {
        let key = &attribute.key;
        let conditions = &attribute.conditions;
        let set = |value: TokenStream| quote_spanned!(Span::mixed_site()=> #(#conditions)* __start.attribute(#key, #value););
        match &attribute.source {
            Source::Field(form, value, taken) => {
                taken.iter().fold(set(field(*form, value)), |set, taken| looking_into(taken, &set))
            }
            Source::Argument(name) => set(argument(&quote!(&#name), attribute.span)),
            Source::Bound(taken, name) => {
                let set = looking_into(taken, &set(argument(&quote!(#name), attribute.span)));
                quote!(#(#conditions)* { #set })
            }
        }
    });
    Some(quote_spanned! {Span::mixed_site()=>
        if __start.is_recording() { #(#each)* }
    })
}

/// `set`, with the names in scope that a parameter's pattern binds, as references.
fn looking_into(Taken { index, pattern }: &Taken, set: &TokenStream) -> TokenStream {
    let whole = parameter(*index);
    quote_spanned! {Span::mixed_site()=>
        #[allow(unused_variables, unused_parens, irrefutable_let_patterns)]
        if let #pattern = &#whole { #set }
    }
}

fn field(form: Form, value: &syn::Expr) -> TokenStream {
    if let (Form::Typed, syn::Expr::Lit(literal)) = (form, value)
        && let syn::Lit::Str(text) = &literal.lit
    {
        return quote!(::spanwise::__private::static_value(#text));
    }
    // The location of the user's expression, for messages about its type.
    let place = value.to_token_stream().into_iter().next().map_or(Span::mixed_site(), |token| token.span());
    let place = Span::mixed_site().located_at(place);
    match form {
        Form::Typed => quote_spanned!(place=> ::spanwise::__private::typed_value(&(#value))),
        Form::Display => quote_spanned!(place=> ::spanwise::__private::display_value(&(#value))),
        Form::Debug => quote_spanned!(place=> ::spanwise::__private::debug_value(&(#value))),
    }
}

/// A reference to an argument: typed if it is of a type that an attribute may have, `Debug` if not.
fn argument(reference: &TokenStream, span: Span) -> TokenStream {
    let span = Span::mixed_site().located_at(span);
    quote_spanned!(span=> ::spanwise::__private::argument(#reference).value())
}

/// The outcome of `result`, a reference. That it is a `Result` is found by its type, so that an
/// alias is one and a type that happens to be called `Result` is not.
fn outcome(err: Option<Span>, result: &TokenStream) -> TokenStream {
    match err {
        None => quote_spanned!(Span::mixed_site()=> ::spanwise::__private::output(#result).outcome()),
        Some(err) => {
            let told = quote_spanned!(Span::mixed_site().located_at(err)=> .told());
            quote_spanned!(Span::mixed_site()=> ::spanwise::__private::output(#result).failure() #told)
        }
    }
}

/// `-> T` for the closure that holds the body, where `T` can be written there.
fn annotation(function: &Function) -> TokenStream {
    match (function.nameable_output(), &function.signature.output) {
        (Some(ty), ReturnType::Type(arrow, _)) => quote!(#arrow #ty),
        _ if function.returns_unit() => quote_spanned!(Span::mixed_site()=> -> ()),
        _ => TokenStream::new(),
    }
}

fn closure(model: &Model, parts: &Parts) -> TokenStream {
    let body = &parts.body;
    let annotation = annotation(&model.function);
    quote_spanned!(Span::mixed_site()=> move || #annotation { #body })
}

fn in_closure(model: &Model, parts: &Parts, begin: impl Fn(&str) -> TokenStream) -> TokenStream {
    let closure = closure(model, parts);
    let result = quote_spanned!(Span::mixed_site()=> &__result);
    let exit = match model.err {
        None => {
            quote_spanned!(Span::mixed_site()=> exit_by_type(::spanwise::__private::output(&__result).error_type()))
        }
        Some(_) => {
            let outcome = outcome(model.err, &result);
            quote_spanned!(Span::mixed_site()=> exit(#outcome))
        }
    };
    let entered = begin("enter");
    quote_spanned! {Span::mixed_site()=>
        let __entered = #entered;
        #[allow(clippy::let_unit_value)]
        let __result = ::spanwise::__private::call(#closure);
        __entered.#exit;
        __result
    }
}

fn in_place(parts: &Parts, begin: impl Fn(&str) -> TokenStream) -> TokenStream {
    let body = &parts.body;
    let entered = begin("enter_in_place");
    quote_spanned! {Span::mixed_site()=>
        let __entered = #entered;
        #body
    }
}

fn in_async(model: &Model, parts: &Parts, begin: impl Fn(&str) -> TokenStream) -> TokenStream {
    let body = &parts.body;
    // Never runs; says to the compiler what the block gives, for `?` and for messages on the type.
    let given = match model.function.never_returns() {
        // `!` can be written only as a function's type; this can be written here, and is as empty.
        true => Some(quote_spanned!(Span::mixed_site()=> ::core::convert::Infallible)),
        false => model.function.nameable_output().map(quote::ToTokens::into_token_stream),
    };
    let hint = given.map(|ty| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(unreachable_code, clippy::diverging_sub_expression, clippy::empty_loop, clippy::needless_return, clippy::let_unit_value)]
            if false {
                let __never: #ty = loop {};
                return __never;
            }
        }
    });
    let result = quote_spanned!(Span::mixed_site()=> __result);
    let outcome = outcome(model.err, &result);
    let begun = begin("hand_over");
    quote_spanned! {Span::mixed_site()=>
        ::spanwise::__private::Traced::new(
            // What an async function gives may itself be awaited; in a block that is a lint's concern.
            #[allow(clippy::async_yields_async)]
            async move {
                #begun;
                #hint
                #body
            },
            |__result| #outcome,
        )
    }
}

/// `async fn f() -> T` as `fn f() -> impl Future<Output = T>`. Of our edition, 2024, it captures every
/// lifetime in scope, as an async function does.
fn give_a_future(signature: &mut Signature) {
    signature.asyncness = None;
    let given = match &signature.output {
        ReturnType::Type(_, ty) => ty.to_token_stream(),
        ReturnType::Default => quote_spanned!(Span::mixed_site()=> ()),
    };
    let future = quote_spanned! {Span::mixed_site()=>
        -> impl ::core::future::Future<Output = #given>
    };
    signature.output = syn::parse_quote!(#future);
}

/// Within a function that stays async.
fn awaited(model: &Model, lazy: &TokenStream) -> TokenStream {
    // That the function is never left is said after it.
    let never = model.function.never_returns().then(|| {
        quote_spanned! {Span::mixed_site()=>
            ;
            #[allow(unreachable_code, clippy::empty_loop)]
            loop {}
        }
    });
    quote_spanned!(Span::mixed_site()=> #lazy.await #never)
}

fn in_future(
    model: &Model,
    parts: &Parts,
    held: ReturnedFuture,
    begin: impl Fn(&str) -> TokenStream,
) -> TokenStream {
    let closure = closure(model, parts);
    let result = quote_spanned!(Span::mixed_site()=> __result);
    let outcome = outcome(model.err, &result);
    let traced = quote_spanned! {Span::mixed_site()=>
        __entered.go_on(__future, |__result| #outcome)
    };
    let traced = match held {
        ReturnedFuture::Plain => traced,
        ReturnedFuture::Boxed => quote_spanned!(Span::mixed_site()=> ::std::boxed::Box::pin(#traced)),
    };
    let entered = begin("enter");
    quote_spanned! {Span::mixed_site()=>
        let __entered = #entered;
        let __future = ::spanwise::__private::call(#closure);
        #traced
    }
}
