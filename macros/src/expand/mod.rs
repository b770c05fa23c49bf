//! The model written out as tokens.
//!
//! What comes out is a static callsite and one or two calls (see `spanwise::instrument` for it in
//! full); whatever has logic in it is an ordinary function of the runtime's. All names of ours have
//! `mixed_site` hygiene, so that none of them can meet one of the user's, and the paths start at
//! `::spanwise` and `::core`, so that no prelude is needed.

mod outcome;
mod start;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{Attribute, FnArg, Ident, Pat, PatType, Path, ReturnType, Signature};

use crate::function::Function;
use crate::model::{Model, Shape};
use crate::parameters::conditions;
use crate::pattern::receiver;
use crate::returns::{self, Held, Later, What};

use outcome::outcome;
use start::Start;

pub(crate) fn expand(model: Model) -> TokenStream {
    let spanwise = spanwise(model.path.as_ref());
    let runtime = quote_spanned!(Span::mixed_site()=> #spanwise::__private);
    let mut parts = Parts::of(&model);
    let expansion = Expansion { start: Start::of(&model, &runtime), runtime, model: &model };
    let statements = match model.shape {
        Shape::Closure => expansion.in_closure(&parts),
        Shape::InPlace => expansion.in_place(&parts),
        Shape::Async => {
            give_a_future(&mut parts.signature);
            expansion.in_async(&parts)
        }
        Shape::AsyncWithin => expansion.awaited(&parts),
        Shape::Returns(later) => expansion.going_on(&parts, later),
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

/// `::spanwise`, or where the user says that it is.
pub(crate) fn spanwise(path: Option<&Path>) -> TokenStream {
    match path {
        Some(path) => path.to_token_stream(),
        None => quote_spanned!(Span::mixed_site()=> ::spanwise),
    }
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
            let lints = take_lints(typed);
            // What is recorded is used, whatever else becomes of it.
            let unused = model.uses(&typed.pat).then(|| quote!(unused_variables,));
            let allow = quote! {
                #[allow(
                    #unused
                    clippy::redundant_locals,
                    clippy::used_underscore_binding,
                    clippy::no_effect_underscore_binding
                )]
                #(#lints)*
            };
            let allow_pattern = quote!(#[allow(#unused unused_parens)] #(#lints)*);
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
                        taken.extend(quote!(#(#conditions)* #allow_pattern let #original = #whole;));
                    }
                }
            }
        }
        let statements = &model.function.statements;
        // With a statement that is nothing, so that no lint takes the user's braces for superfluous.
        let nothing = quote_spanned!(Span::mixed_site()=> ;);
        let mut block = proc_macro2::Group::new(proc_macro2::Delimiter::Brace, quote!(#nothing #statements));
        block.set_span(model.function.braces.span());
        Self { signature, body: quote!(#taken #block) }
    }
}

/// What a parameter says of lints is about the name that it binds, which is bound in the body.
fn take_lints(parameter: &mut PatType) -> Vec<Attribute> {
    let is_lint = |attribute: &Attribute| {
        let words = ["allow", "expect", "warn", "deny", "forbid"];
        words.iter().any(|word| attribute.path().is_ident(word))
    };
    let (lints, others) = std::mem::take(&mut parameter.attrs).into_iter().partition(is_lint);
    parameter.attrs = others;
    lints
}

/// The name a parameter goes by whose pattern is no plain name.
fn parameter(index: usize) -> Ident {
    format_ident!("__argument{index}", span = Span::mixed_site())
}

struct Expansion<'a> {
    model: &'a Model,
    runtime: TokenStream,
    start: Start,
}

impl Expansion<'_> {
    fn closure(&self, parts: &Parts) -> TokenStream {
        let body = &parts.body;
        let annotation = annotation(&self.model.function);
        quote_spanned!(Span::mixed_site()=> move || #annotation { #body })
    }

    /// The outcome of `result`, a reference.
    fn outcome(&self, result: &TokenStream) -> TokenStream {
        outcome(&self.runtime, self.model.err.as_ref(), self.model.ret.as_ref(), result)
    }

    fn in_closure(&self, parts: &Parts) -> TokenStream {
        let runtime = &self.runtime;
        let closure = self.closure(parts);
        let exit = match (&self.model.err, &self.model.ret) {
            // What nearly every function says, in as few words as can be.
            (None, None) => quote_spanned! {Span::mixed_site()=>
                exit_by_type(#runtime::output(&__result).error_type())
            },
            _ => {
                let outcome = self.outcome(&quote_spanned!(Span::mixed_site()=> &__result));
                quote_spanned!(Span::mixed_site()=> exit(#outcome))
            }
        };
        let entered = self.start.finish("enter");
        quote_spanned! {Span::mixed_site()=>
            let __entered = #entered;
            #[allow(clippy::let_unit_value)]
            let __result = #runtime::call(#closure);
            __entered.#exit;
            __result
        }
    }

    fn in_place(&self, parts: &Parts) -> TokenStream {
        let body = &parts.body;
        let entered = self.start.finish("enter_in_place");
        quote_spanned! {Span::mixed_site()=>
            let __entered = #entered;
            #body
        }
    }

    fn in_async(&self, parts: &Parts) -> TokenStream {
        let (runtime, body) = (&self.runtime, &parts.body);
        let signature = &self.model.function.signature;
        // Never runs; says to the compiler what the block gives, for `?` and for messages on the type.
        let given = match returns::never(signature) {
            // `!` can be written only as a function's type; this can be written here, and is as empty.
            true => Some(quote_spanned!(Span::mixed_site()=> ::core::convert::Infallible)),
            false => returns::nameable(signature).map(quote::ToTokens::into_token_stream),
        };
        let hint = given.map(|ty| {
            quote_spanned! {Span::mixed_site()=>
                #[allow(clippy::needless_return)]
                if false {
                    return #runtime::never::<#ty>();
                }
            }
        });
        let (by, outcome) = match (&self.model.err, &self.model.ret) {
            (None, None) => (
                quote_spanned!(Span::mixed_site()=> by_type),
                quote_spanned!(Span::mixed_site()=> #runtime::output(__result).error_type()),
            ),
            _ => (
                quote_spanned!(Span::mixed_site()=> new),
                self.outcome(&quote_spanned!(Span::mixed_site()=> __result)),
            ),
        };
        let begun = self.start.finish(if self.model.each_poll { "hand_over_each_poll" } else { "hand_over" });
        quote_spanned! {Span::mixed_site()=>
            #runtime::Traced::#by(
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

    /// Within a function that stays async.
    fn awaited(&self, parts: &Parts) -> TokenStream {
        let future = self.in_async(parts);
        // That the function is never left is said after it.
        let never = returns::never(&self.model.function.signature).then(|| {
            quote_spanned! {Span::mixed_site()=>
                ;
                #[allow(unreachable_code, clippy::empty_loop)]
                loop {}
            }
        });
        quote_spanned!(Span::mixed_site()=> #future.await #never)
    }

    /// A future or a stream, made under the span that it goes on under.
    fn going_on(&self, parts: &Parts, later: Later) -> TokenStream {
        let runtime = &self.runtime;
        let closure = self.closure(parts);
        let outcome = self.outcome(&quote_spanned!(Span::mixed_site()=> __result));
        let go_on = match later.what {
            What::Future => quote_spanned!(Span::mixed_site()=> go_on),
            What::Stream => quote_spanned!(Span::mixed_site()=> go_on_streaming),
        };
        let traced = quote_spanned!(Span::mixed_site()=> __entered.#go_on(__later, |__result| #outcome));
        let traced = match later.held {
            Held::Plain => traced,
            // As it is where nothing is recorded: it need not be boxed again.
            Held::Boxed => quote_spanned! {Span::mixed_site()=>
                if __entered.is_empty() { __later } else { ::std::boxed::Box::pin(#traced) }
            },
        };
        let made = quote_spanned!(Span::mixed_site()=> #runtime::call(#closure));
        // What it gives is known from the signature, and has to be before the outcome is looked at.
        let made = match (later.held, later.what, returns::given_later(&self.model.function.signature)) {
            (Held::Plain, What::Future, Some(ty)) => {
                quote_spanned!(Span::mixed_site()=> #runtime::future_of::<#ty, _>(#made))
            }
            (Held::Plain, What::Stream, Some(ty)) => {
                quote_spanned!(Span::mixed_site()=> #runtime::stream_of::<#ty, _>(#made))
            }
            _ => made,
        };
        let entered = self.start.finish("enter");
        quote_spanned! {Span::mixed_site()=>
            let __entered = #entered;
            let __later = #made;
            #traced
        }
    }
}

/// `-> T` for the closure that holds the body, where `T` can be written there.
fn annotation(function: &Function) -> TokenStream {
    let signature = &function.signature;
    match (returns::nameable(signature), &signature.output) {
        (Some(ty), ReturnType::Type(arrow, _)) => quote!(#arrow #ty),
        _ if returns::unit(signature) => quote_spanned!(Span::mixed_site()=> -> ()),
        _ => TokenStream::new(),
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
