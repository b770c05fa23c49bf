//! The code that starts the span: its callsite, its parent, its attributes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Expr, Ident, Path};

use super::body::argument_variable;
use crate::args::argument::ParentKind;
use crate::args::name::CallsiteName;
use crate::function::parameters::DestructuredParameter;
use crate::model::Model;
use crate::model::attributes::{RecordedAttribute, ValueSource};
use crate::syntax::tokens::located_at;
use crate::syntax::value::{AttributeKey, ValueFormat};

/// The code that starts the span.
pub(super) struct SpanStart {
    runtime: Path,
    callsite: TokenStream,
    begin: TokenStream,
    /// Statements that run before the span starts, if it may be recorded
    set_up: TokenStream,
    /// Whether there is nothing to do before the span starts
    is_plain: bool,
}

impl SpanStart {
    pub(super) fn of(model: &Model, runtime: &Path) -> Self {
        let callsite = callsite(model, runtime);
        let begin = begin(model, &callsite, runtime);
        let statements = model.args.start_statements(runtime);
        let statements = match statements.is_empty() {
            true => statements,
            false => model.destructured.iter().fold(statements, |inner, parameter| bound(parameter, &inner)),
        };
        let attributes = model.attributes.iter().map(|attribute| set_attribute(attribute, runtime));
        let set_up = quote!(#statements #(#attributes)*);
        let is_plain = model.args.parent.kind() == ParentKind::Current
            && set_up.is_empty()
            && !model.args.level.is_computed();
        Self { runtime: runtime.clone(), callsite, begin, set_up, is_plain }
    }

    /// Starts the span by a method of the runtime's `UserSpanBuilder`. A plain span is started by the function of the
    /// same name.
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

/// Begins the span under the parent that the arguments name.
fn begin(model: &Model, callsite: &TokenStream, runtime: &Path) -> TokenStream {
    let Some(parent) = model.args.parent.expression() else {
        return match model.args.parent.kind() {
            ParentKind::Root => quote_spanned!(Span::mixed_site()=> #runtime::begin_root(#callsite)),
            _ => quote_spanned!(Span::mixed_site()=> #runtime::begin(#callsite)),
        };
    };
    let place = located_at(parent);
    let parent = quote_spanned!(place=> &(#parent));
    let begin = quote_spanned!(place=> #runtime::begin_under(#callsite, #parent));
    // `let`, because a parameter's pattern always matches.
    let bindings = model.destructured.iter().map(|DestructuredParameter { index, pattern }| {
        let whole = argument_variable(*index);
        quote_spanned! {Span::mixed_site()=>
            #[allow(unused_variables, unused_parens)]
            let #pattern = &#whole;
        }
    });
    quote_spanned!(Span::mixed_site()=> { #(#bindings)* #begin })
}

fn callsite(model: &Model, runtime: &Path) -> TokenStream {
    let kind = model.args.kind.variant();
    let name = match &model.name {
        CallsiteName::Text(text) => text.to_token_stream(),
        CallsiteName::Function(name) => quote!(#name),
        CallsiteName::WithModule(name) => quote_spanned! {Span::mixed_site()=>
            ::core::concat!(::core::module_path!(), "::", #name)
        },
    };
    let calls = model.args.callsite_calls(runtime);
    let (package, version) = (of_cargo("CARGO_PKG_NAME"), of_cargo("CARGO_PKG_VERSION"));
    quote_spanned! {Span::mixed_site()=> {
        enum __Here {}
        static __CALLSITE: #runtime::Callsite = #runtime::Callsite::of_function(
            #name,
            #runtime::SpanKind::#kind,
            ::core::any::type_name::<__Here>,
            #package,
            #version,
        )#calls;
        &__CALLSITE
    }}
}

/// A variable of Cargo's, or nothing. Read here, because a macro for it in each expansion costs time.
fn of_cargo(variable: &str) -> String {
    std::env::var(variable).unwrap_or_default()
}

/// Sets one span attribute before the span starts.
fn set_attribute(attribute: &RecordedAttribute, runtime: &Path) -> TokenStream {
    let key = match &attribute.key {
        AttributeKey::Text(key) => quote!(#key),
        AttributeKey::Constant(key) => key.to_token_stream(),
    };
    let conditions = &attribute.conditions;
    let setter = match &attribute.key {
        AttributeKey::Text(key) if is_own_field(key) => quote_spanned!(Span::mixed_site()=> own_field),
        _ => quote_spanned!(Span::mixed_site()=> attribute),
    };
    let set = |value: TokenStream| quote_spanned!(Span::mixed_site()=> #(#conditions)* __start.#setter(#key, #value););
    let argument = |format: ValueFormat, reference: TokenStream| {
        let span = Span::mixed_site().located_at(attribute.span);
        match format {
            // Typed if its type can be an attribute's, else by `Debug`.
            ValueFormat::Typed => quote_spanned!(span=> #runtime::argument(#reference).value()),
            ValueFormat::Display => quote_spanned!(span=> #runtime::display_value(#reference)),
            ValueFormat::Debug => quote_spanned!(span=> #runtime::debug_value(#reference)),
        }
    };
    let format = attribute.format;
    match &attribute.source {
        ValueSource::Field(value, destructured) => {
            let set = set(field(format, value, runtime));
            destructured.iter().fold(set, |inner, parameter| bound(parameter, &inner))
        }
        ValueSource::Parameter(name) => {
            let place = Span::mixed_site().located_at(attribute.span);
            set(argument(format, quote_spanned!(place=> &#name)))
        }
        ValueSource::Destructured(parameter, name) => {
            let set = bound(parameter, &set(argument(format, quote!(#name))));
            quote!(#(#conditions)* { #set })
        }
    }
}

/// The fields that set the span's name, kind or status in `tracing-opentelemetry`.
fn is_own_field(key: &str) -> bool {
    matches!(
        key,
        "otel.name" | "otel.kind" | "otel.status_code" | "otel.status_description" | "otel.status_message"
    )
}

/// `inner`, with the variables of a destructured parameter in scope as references.
fn bound(
    DestructuredParameter { index, pattern }: &DestructuredParameter,
    inner: &TokenStream,
) -> TokenStream {
    let whole = argument_variable(*index);
    quote_spanned! {Span::mixed_site()=>
        #[allow(unused_variables, unused_parens, irrefutable_let_patterns)]
        if let #pattern = &#whole { #inner }
    }
}

/// The value of an entry of `fields(..)`.
fn field(format: ValueFormat, value: &Expr, runtime: &Path) -> TokenStream {
    if let (ValueFormat::Typed, Expr::Lit(literal)) = (format, value)
        && let syn::Lit::Str(text) = &literal.lit
    {
        return quote_spanned!(Span::mixed_site()=> #runtime::static_value(#text));
    }
    let place = located_at(value);
    match format {
        ValueFormat::Typed => quote_spanned!(place=> #runtime::typed_value(&(#value))),
        ValueFormat::Display => quote_spanned!(place=> #runtime::display_value(&(#value))),
        ValueFormat::Debug => quote_spanned!(place=> #runtime::debug_value(&(#value))),
    }
}
