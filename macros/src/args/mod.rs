//! The arguments in the parentheses of `#[instrument(..)]`.
//!
//! Each argument has a file, or its own part of one. To add one: write its file, which implements
//! [`InstrumentArgument`], and give it a line in the list below.

pub(crate) mod argument;
mod crate_path;
mod enter_on_poll;
mod fields;
mod kind;
mod level;
pub(crate) mod name;
mod off;
mod origin;
pub(crate) mod outcome;
mod parameters;
mod scope;
mod unpublished;

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, LitStr, Path, Result, Token};

use self::argument::{ContainerFacts, FunctionFacts, InstrumentArgument as _};
use crate::errors::Errors;
use crate::function::body_shape::BodyShape;
use crate::function::parameters::Parameters;
use crate::function::parse::Function;
use crate::syntax::list::{Commas, each_entry, list_of, skip_to_comma};
use crate::syntax::suggest::{listed, nearest};

/// Makes [`Args`] and its methods of the list of arguments.
macro_rules! arguments {
    ($($field:ident: $argument:ty,)*) => {
        /// All arguments of one use of the attribute.
        #[derive(Default)]
        pub(crate) struct Args {
            $(pub(crate) $field: $argument,)*
            /// `__container("Type")`: the prefix of the function's name
            container_name: Option<String>,
            /// `__inherited(..)`: the arguments on the container around this item
            inherited: TokenStream,
        }

        impl Args {
            /// The names of all arguments.
            pub(crate) fn names() -> Vec<&'static str> {
                [$(<$argument>::NAMES),*].concat()
            }

            /// Reads the value of the argument of this name. `None` if no argument has this name.
            fn read_named(&mut self, name: &Ident, input: ParseStream<'_>) -> Option<Result<()>> {
                let spelled = name.to_string();
                $(
                    if <$argument>::NAMES.contains(&spelled.as_str()) {
                        return Some(self.$field.read(name, input));
                    }
                )*
                None
            }

            /// Reports what makes no sense on an `impl` block, a trait or a module.
            pub(crate) fn check_on_container(&self, container: &ContainerFacts<'_>, errors: &mut Errors) {
                $(self.$field.check_on_container(container, errors);)*
            }

            fn inherit_each(&mut self, container: Self, function: &FunctionFacts<'_>) {
                $(self.$field.inherit(container.$field, function);)*
            }

            fn check_each(&self, function: &FunctionFacts<'_>, errors: &mut Errors) {
                $(self.$field.check(function, errors);)*
            }

            /// The user's expressions that are evaluated before the span starts, except fields.
            pub(crate) fn expressions(&self) -> TokenStream {
                let mut expressions = TokenStream::new();
                $(expressions.extend(self.$field.expressions());)*
                expressions
            }

            /// Calls on the `Callsite`.
            pub(crate) fn callsite_calls(&self, runtime: &Path) -> TokenStream {
                let mut calls = TokenStream::new();
                $(calls.extend(self.$field.callsite_calls(runtime));)*
                calls
            }

            /// Statements that run before a recorded span starts.
            pub(crate) fn start_statements(&self, runtime: &Path) -> TokenStream {
                let mut statements = TokenStream::new();
                $(statements.extend(self.$field.start_statements(runtime));)*
                statements
            }
        }
    };
}

// In the order in which error messages list their names.
arguments! {
    name: name::NameArgument,
    kind: kind::KindArgument,
    scope: scope::ScopeArgument,
    level: level::LevelArgument,
    parent: origin::ParentArgument,
    links: origin::LinksArgument,
    fields: fields::FieldsArgument,
    parameters: parameters::ParametersArgument,
    err: outcome::ErrArgument,
    ret: outcome::RetArgument,
    enter_on_poll: enter_on_poll::EnterOnPollArgument,
    unpublished: unpublished::UnpublishedArgument,
    crate_path: crate_path::CratePathArgument,
    off: off::OffArgument,
}

/// What the attribute on a container passes to its functions: the container's own arguments.
pub(crate) const INHERITED: &str = "__inherited";
/// What the attribute on a container passes to its functions: the prefix of their names.
pub(crate) const CONTAINER: &str = "__container";

impl Args {
    /// Reads all arguments, each by itself.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let mut seen = Vec::new();
        if let Err(error) = each_entry(tokens, Commas::MayBeMissing, |input| args.read(input, &mut seen)) {
            errors.add(error);
        }
        if let Some(kind) = args.fields.take_kind()
            && let Err(error) = args.kind.set_from_field(&kind)
        {
            errors.add(error);
        }
        args
    }

    fn read(&mut self, input: ParseStream<'_>, seen: &mut Vec<Ident>) -> Result<()> {
        if input.peek(LitStr) {
            // `#[instrument("name")]`
            let place = Ident::new("name", input.span());
            if seen.contains(&place) {
                return Err(given_twice(&place));
            }
            seen.push(place);
            return self.name.read_text(input.parse()?);
        }
        if !input.peek(Ident::peek_any) {
            let names = listed(&Self::names());
            return Err(input.error(format!("expected the name of an argument: {names}")));
        }
        let name = Ident::parse_any(input)?;
        if seen.contains(&name) {
            return Err(given_twice(&name));
        }
        if name == INHERITED {
            self.inherited = list_of(&name, input)?;
        } else if name == CONTAINER {
            self.container_name = Some(syn::parse2::<LitStr>(list_of(&name, input)?)?.value());
        } else {
            let Some(read) = self.read_named(&name, input) else { return Err(unknown(&name, input)) };
            seen.push(name.clone());
            read?;
        }
        // A comma may be missing between two arguments, as in `tracing`.
        match input.is_empty() || input.peek(Token![,]) || input.peek(LitStr) || input.peek(Ident::peek_any) {
            true => Ok(()),
            false => Err(input.error(format!("expected `,` after `{name}`"))),
        }
    }

    /// Takes over what the attribute on the container around this function says. `shape` is the shape
    /// of the body by the function's own arguments.
    pub(crate) fn inherit(&mut self, function: &Function, shape: BodyShape) {
        if self.inherited.is_empty() {
            return;
        }
        let mut container = self.container_args();
        container.inherit(function, shape);
        self.container_name = self.container_name.take().or(container.container_name.take());
        let facts = self.facts(function, shape);
        self.inherit_each(container, &facts);
    }

    /// The arguments on the container around this item.
    fn container_args(&self) -> Self {
        // The expansion of the container has reported their errors.
        Self::parse(self.inherited.clone(), &mut Errors::default())
    }

    /// Reports what makes no sense on this function.
    pub(crate) fn check(&self, function: &Function, shape: BodyShape, errors: &mut Errors) {
        self.check_each(&self.facts(function, shape), errors);
    }

    fn facts<'a>(&self, function: &'a Function, shape: BodyShape) -> FunctionFacts<'a> {
        let parameters = Parameters::of(&function.signature);
        FunctionFacts { item: function, parameters, shape, parent: self.parent.kind() }
    }

    /// The prefix of the function's name: its type, its trait, or the `name` on its container.
    pub(crate) fn container_name(&self) -> Option<&str> {
        self.container_name.as_deref()
    }

    /// Where Spanwise is, by the argument `crate` here or on a container around this item.
    pub(crate) fn spanwise_path(&self) -> Path {
        match self.crate_path.is_given() || self.inherited.is_empty() {
            true => self.crate_path.path(),
            false => self.container_args().spanwise_path(),
        }
    }
}

fn given_twice(name: &Ident) -> Error {
    Error::new(name.span(), format!("`{name}` is given twice; keep one"))
}

/// The error for a name that no argument has. Its value is skipped, so that there is only one error.
fn unknown(name: &Ident, input: ParseStream<'_>) -> Error {
    let skip_value = || {
        let ahead = input.fork();
        if ahead.parse::<Token![=]>().is_ok() && ahead.parse::<Expr>().is_ok() {
            input.parse::<Token![=]>()?;
            input.parse::<Expr>()?;
        }
        skip_to_comma(input)
    };
    if let Err(error) = skip_value() {
        return error;
    }
    let names = Args::names();
    let message = match nearest(&name.to_string(), &names) {
        Some(near) => format!("`{name}` is not an argument of `#[instrument]`; did you mean `{near}`?"),
        None => format!(
            "`{name}` is not an argument of `#[instrument]`; the arguments are {}. To record a span attribute, write \
             `fields({name} = ..)`",
            listed(&names)
        ),
    };
    Error::new(name.span(), message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_belongs_to_one_argument() {
        let names = Args::names();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "two arguments are called `{name}`");
        }
    }
}
