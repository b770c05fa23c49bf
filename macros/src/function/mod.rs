//! What the attribute reads of the function below it: its header. Nothing here knows of an argument.

pub(crate) mod anonymous_lifetime;
pub(crate) mod async_return;
pub(crate) mod body_shape;
pub(crate) mod field_attribute;
pub(crate) mod parameters;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod return_type;
pub(crate) mod secret_names;
