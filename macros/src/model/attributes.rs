//! The span attributes that `args`, `#[field]` and `fields(..)` ask for.

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Error, Expr, Ident, LitStr, Pat};

use crate::args::Args;
use crate::errors::Errors;
use crate::function::field_attribute::FieldAttribute;
use crate::function::parameters::{DestructuredParameter, Parameters, conditions};
use crate::function::parse::Function;
use crate::function::pattern::{BoundVariable, by_reference, plain_name};
use crate::function::secret_names::{may_be_secret, may_come_from_secret};
use crate::syntax::value::{AttributeKey, ValueFormat};

/// A span attribute that is set before the span starts.
pub(crate) struct RecordedAttribute {
    pub(crate) key: AttributeKey,
    pub(crate) format: ValueFormat,
    pub(crate) source: ValueSource,
    /// The place where errors about its value are reported
    pub(crate) span: Span,
    /// The `#[cfg]` attributes of the parameter that it records
    pub(crate) conditions: Vec<Attribute>,
}

/// Where the value of a span attribute comes from.
pub(crate) enum ValueSource {
    /// `fields(..)`, with the destructured parameters whose variables the expression mentions
    Field(Expr, Vec<DestructuredParameter>),
    /// A parameter that is a plain name
    Parameter(Ident),
    /// A variable that a parameter's pattern binds
    Destructured(DestructuredParameter, Ident),
}

/// All span attributes: first those of parameters, then fields.
pub(super) fn recorded_attributes(
    args: &Args,
    function: &Function,
    errors: &mut Errors,
) -> Vec<RecordedAttribute> {
    let parameters = Parameters::of(&function.signature);
    let mut recorded = of_parameters(args, &parameters, errors);
    for field in &args.fields.entries {
        // A field replaces what `args` records under the same key.
        recorded.retain(|earlier| !earlier.key.is(&field.key));
        if let Some(value) = &field.value {
            let mentioned = parameters.destructured_in(&value.to_token_stream());
            recorded.push(RecordedAttribute {
                key: field.key.clone(),
                format: field.format,
                source: ValueSource::Field(value.clone(), mentioned),
                span: field.span,
                conditions: Vec::new(),
            });
        }
    }
    recorded
}

fn of_parameters(args: &Args, parameters: &Parameters<'_>, errors: &mut Errors) -> Vec<RecordedAttribute> {
    let mut recorded: Vec<RecordedAttribute> = Vec::new();
    for (index, parameter) in &parameters.typed {
        let field = match FieldAttribute::on(parameter) {
            Ok(field) => field,
            Err(error) => {
                errors.add(error);
                continue;
            }
        };
        let parameter =
            RecordedParameter { index: *index, pattern: &parameter.pat, conditions: conditions(parameter) };
        match field {
            Some(field) => parameter.record_as(&field, &mut recorded, errors),
            None if args.parameters.records_all => parameter.record(args, &mut recorded, errors),
            None => {}
        }
    }
    for (at, attribute) in recorded.iter().enumerate() {
        if recorded[..at].iter().any(|earlier| earlier.key.is(&attribute.key)) {
            let message = format!(
                "two parameters are recorded as `{}`; give one another name with `#[field(name = \"..\")]`",
                attribute.key.spelled()
            );
            errors.add(Error::new(attribute.span, message));
        }
    }
    recorded
}

struct RecordedParameter<'a> {
    index: usize,
    pattern: &'a Pat,
    conditions: Vec<Attribute>,
}

impl RecordedParameter<'_> {
    fn attribute(
        &self,
        variable: &Ident,
        key: Option<&LitStr>,
        format: ValueFormat,
        source: ValueSource,
    ) -> RecordedAttribute {
        RecordedAttribute {
            key: AttributeKey::Text(key.map_or_else(|| variable.unraw().to_string(), LitStr::value)),
            format,
            source,
            span: variable.span(),
            conditions: self.conditions.clone(),
        }
    }

    /// Records it because of `args`.
    fn record(&self, args: &Args, recorded: &mut Vec<RecordedAttribute>, errors: &mut Errors) {
        let skipped = &args.parameters.skipped;
        if let Some(name) = plain_name(self.pattern) {
            if !skipped.contains(name) && !may_be_secret(name) {
                let source = ValueSource::Parameter(name.clone());
                recorded.push(self.attribute(name, None, ValueFormat::Typed, source));
            }
            return;
        }
        let Some((bindings, pattern)) = by_reference(self.pattern) else {
            errors.add(not_recordable(self.pattern));
            return;
        };
        let is_left_out = |bound: &BoundVariable| {
            skipped.contains(&bound.name)
                || bound.known_as.iter().any(|name| skipped.contains(name))
                || may_come_from_secret(bound)
        };
        for BoundVariable { name, .. } in bindings.iter().filter(|bound| !is_left_out(bound)) {
            let parameter = DestructuredParameter { index: self.index, pattern: pattern.clone() };
            let source = ValueSource::Destructured(parameter, name.clone());
            recorded.push(self.attribute(name, None, ValueFormat::Typed, source));
        }
    }

    /// Records it because of `#[field]`.
    fn record_as(&self, field: &FieldAttribute, recorded: &mut Vec<RecordedAttribute>, errors: &mut Errors) {
        let key = field.name.as_ref();
        if let Some(name) = plain_name(self.pattern) {
            if key.is_none() && may_be_secret(name) {
                errors.add(secret(field.span, name));
            } else {
                let source = ValueSource::Parameter(name.clone());
                recorded.push(self.attribute(name, key, field.format, source));
            }
            return;
        }
        let Some((bindings, pattern)) = by_reference(self.pattern) else {
            errors.add(not_recordable(self.pattern));
            return;
        };
        if let (Some(key), true) = (key, bindings.len() != 1) {
            let variables = match bindings.len() {
                0 => "no variable".to_owned(),
                many => format!("{many} variables"),
            };
            let message = format!(
                "`name` names one span attribute, but this pattern binds {variables}; remove `name`, or use \
                 `fields(..)`"
            );
            errors.add(Error::new(key.span(), message));
            return;
        }
        for bound in bindings {
            if key.is_none() && may_come_from_secret(&bound) {
                errors.add(secret(field.span, &bound.name));
                continue;
            }
            let parameter = DestructuredParameter { index: self.index, pattern: pattern.clone() };
            let source = ValueSource::Destructured(parameter, bound.name.clone());
            recorded.push(self.attribute(&bound.name, key, field.format, source));
        }
    }
}

fn not_recordable(pattern: &Pat) -> Error {
    Error::new_spanned(
        pattern,
        "this pattern cannot be recorded, because that would move the value; use a plain parameter name, or call \
         `spanwise::set_attribute` in the body",
    )
}

fn secret(place: Span, name: &Ident) -> Error {
    let message = format!(
        "`{name}` may be a secret, so `#[field]` alone does not record it; to record it, write \
         `#[field(name = \"{name}\")]`"
    );
    Error::new(place, message)
}
