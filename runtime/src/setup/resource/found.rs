//! What a detector returns: attributes, or why there are none.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::KeyValue;

use crate::value::AttributeValue;

/// How many characters of a detected string are kept.
const MAX_TEXT_LENGTH: usize = 1024;

/// The attributes that a detector has found.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct Found(pub(super) Vec<KeyValue>);

impl Found {
    /// Adds a string, unless it is empty.
    pub(super) fn text(mut self, key: &'static str, value: impl Into<Option<String>>) -> Self {
        if let Some(value) = value.into() {
            let value: String = value.trim().chars().take(MAX_TEXT_LENGTH).collect();
            if !value.is_empty() {
                self.0.push(KeyValue::new(key, value));
            }
        }
        self
    }

    /// Adds a constant string.
    pub(super) fn constant(mut self, key: &'static str, value: &'static str) -> Self {
        self.0.push(KeyValue::new(key, value));
        self
    }

    /// Adds a number or a list.
    pub(super) fn value(mut self, key: &'static str, value: impl AttributeValue) -> Self {
        if let Some(value) = value.to_value() {
            self.0.push(KeyValue::new(key, value));
        }
        self
    }
}

/// Why a detector has found nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Absent {
    /// The process does not run in what the detector describes. The text says what was looked for.
    NotHere(Cow<'static, str>),
    /// Detection failed, for this reason.
    Failed(String),
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHere(why) => write!(f, "not here: {why}"),
            Self::Failed(why) => write!(f, "failed: {why}"),
        }
    }
}
