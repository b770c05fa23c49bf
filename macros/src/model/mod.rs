//! What the expansion needs to know: the arguments after inheritance, joined with the function.

pub(crate) mod attributes;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{FnArg, Pat};

use self::attributes::{RecordedAttribute, ValueSource, recorded_attributes};
use crate::args::Args;
use crate::args::name::CallsiteName;
use crate::errors::Errors;
use crate::function::body_shape::BodyShape;
use crate::function::field_attribute::FieldAttribute;
use crate::function::parameters::{DestructuredParameter, Parameters};
use crate::function::parse::Function;
use crate::function::pattern::by_reference;
use crate::syntax::tokens::mentions;

/// A function and the span that is recorded around it.
pub(crate) struct Model {
    /// Without the `#[field]` attributes on its parameters
    pub(crate) function: Function,
    /// With what the function inherits from the container around it
    pub(crate) args: Args,
    pub(crate) shape: BodyShape,
    pub(crate) name: CallsiteName,
    pub(crate) attributes: Vec<RecordedAttribute>,
    /// The user's expressions that are evaluated before the span starts, except fields
    pub(crate) expressions: TokenStream,
    /// The destructured parameters whose variables these expressions mention
    pub(crate) destructured: Vec<DestructuredParameter>,
}

impl Model {
    pub(crate) fn new(mut args: Args, mut function: Function, errors: &mut Errors) -> Self {
        let shape = BodyShape::of(&function, args.ret.given.is_some());
        args.inherit(&function, shape);
        let attributes = recorded_attributes(&args, &function, errors);
        for input in &mut function.signature.inputs {
            if let FnArg::Typed(typed) = input {
                typed.attrs.retain(|attribute| !FieldAttribute::is(attribute));
            }
        }
        let name = args.name.for_callsite(&function.signature.ident, args.container_name());
        let expressions = args.expressions();
        let destructured = Parameters::of(&function.signature).destructured_in(&expressions);
        Self { function, args, shape, name, attributes, expressions, destructured }
    }

    /// Whether the span, or the condition of `err`, needs a variable that a pattern binds.
    pub(crate) fn uses(&self, pattern: &Pat) -> bool {
        let condition = self.args.err.given.as_ref().and_then(|err| err.condition.as_ref());
        if self.attributes.is_empty() && self.expressions.is_empty() && condition.is_none() {
            return false;
        }
        let Some((bindings, _)) = by_reference(pattern) else { return false };
        bindings.iter().map(|bound| &bound.name).any(|name| {
            mentions(self.expressions.clone(), name)
                || condition.is_some_and(|condition| mentions(condition.to_token_stream(), name))
                || self.attributes.iter().any(|attribute| match &attribute.source {
                    ValueSource::Parameter(recorded) | ValueSource::Destructured(_, recorded) => {
                        recorded == name
                    }
                    ValueSource::Field(value, _) => mentions(value.to_token_stream(), name),
                })
        })
    }
}
