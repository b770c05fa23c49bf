//! What every argument of `#[instrument(..)]` implements.

use proc_macro2::TokenStream;
use syn::parse::ParseStream;
use syn::{Ident, Path, Result};

use crate::errors::Errors;
use crate::function::body_shape::BodyShape;
use crate::function::parameters::Parameters;
use crate::function::parse::Function;

/// One argument, or a few that belong together. `Default` is the argument that is not given.
///
/// The methods are in the order in which they are called: the argument is read; it is checked on a
/// container (an `impl` block, a trait or a module), or a function inherits it from one; it is checked on
/// the function; and it adds to the expansion.
pub(crate) trait InstrumentArgument: Default {
    /// What a user may call it. Error messages list the names in this order.
    const NAMES: &'static [&'static str];

    /// Reads what follows `name`, which is one of [`NAMES`](Self::NAMES).
    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()>;

    /// Reports a use that makes no sense on a container.
    fn check_on_container(&self, _container: &ContainerFacts<'_>, _errors: &mut Errors) {}

    /// Takes over what the attribute on the container around this function says.
    ///
    /// Required, so that no argument is ignored there by accident. `self` is the function's own argument
    /// and takes precedence. What makes no sense on this function is left out without an error. An
    /// argument that functions do not inherit leaves this empty, and says why.
    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>);

    /// Reports a use that makes no sense on this function.
    fn check(&self, _function: &FunctionFacts<'_>, _errors: &mut Errors) {}

    /// The user's expressions that are evaluated before the span starts, except fields.
    fn expressions(&self) -> TokenStream {
        TokenStream::new()
    }

    /// Calls on the `Callsite`, a constant: `.at(Level::Debug)`.
    fn callsite_calls(&self, _runtime: &Path) -> TokenStream {
        TokenStream::new()
    }

    /// Statements that run before a recorded span starts, with the variable `__start` in scope.
    fn start_statements(&self, _runtime: &Path) -> TokenStream {
        TokenStream::new()
    }
}

/// The function that the arguments are for.
pub(crate) struct FunctionFacts<'a> {
    pub(crate) item: &'a Function,
    pub(crate) parameters: Parameters<'a>,
    pub(crate) shape: BodyShape,
    /// In [`InstrumentArgument::inherit`], only the parent that the function itself names.
    pub(crate) parent: ParentKind,
}

/// Where the span's parent comes from.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum ParentKind {
    Current,
    /// No parent
    Root,
    /// `parent = expression`
    Given,
}

/// The functions in an `impl` block, a trait or a module.
pub(crate) struct ContainerFacts<'a> {
    /// Whether any of them has a parameter that binds this name.
    pub(crate) has_parameter: &'a dyn Fn(&Ident) -> bool,
}
