//! How the attribute names a span attribute, and how a Rust value becomes its value.

use quote::ToTokens as _;
use syn::Expr;

/// The name of a span attribute.
#[derive(Clone)]
pub(crate) enum AttributeKey {
    Text(String),
    /// `{CONSTANT}`
    Constant(Box<Expr>),
}

impl AttributeKey {
    /// Whether two keys are the same, as far as the source shows.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(this), Self::Text(other)) => this == other,
            (Self::Constant(this), Self::Constant(other)) => {
                this.to_token_stream().to_string() == other.to_token_stream().to_string()
            }
            _ => false,
        }
    }

    /// The key as it is written in `fields(..)`.
    pub(crate) fn spelled(&self) -> String {
        match self {
            Self::Text(name) => name.clone(),
            Self::Constant(name) => format!("{{{}}}", name.to_token_stream()),
        }
    }
}

/// How a Rust value becomes the value of a span attribute.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum ValueFormat {
    /// By its type
    Typed,
    /// As the text that `Display` gives
    Display,
    /// As the text that `Debug` gives
    Debug,
}
