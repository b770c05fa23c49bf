//! Decides by name, kind and attributes: the first rule that matches.

use std::sync::Arc;

use opentelemetry::trace::SpanKind;
use opentelemetry::{Array, Key, Value};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use crate::sampling::glob::matches;
use crate::sampling::probability::ConsistentProbability;
use crate::sampling::result::{final_drop, parent_trace_state};
use crate::sampling::span_to_sample::{SpanToSample, impl_should_sample};
use crate::sampling::threshold::OtState;

/// Decides by a span's name, kind and attributes. The first rule that matches decides.
///
/// If no rule matches, [`otherwise`](Self::otherwise) decides; without it the span is sampled. A rule sees only what is known
/// when the span starts. For a [`ServerLayer`](crate::ServerLayer) these are `http.request.method`, `url.path`,
/// `url.scheme`, `url.query`, `http.route`, `user_agent.original` and the addresses, as far as the request has them; for
/// an annotated function its `fields`. A status is never known.
///
/// Under [`ParentBased`](super::ParentBased), or given to [`Builder::root_sampler`](crate::Builder::root_sampler), rules
/// decide about the first span of a trace, and the others follow. Given to [`Builder::sampler`](crate::Builder::sampler), they
/// decide about every single span.
///
/// ```
/// use spanwise::sampling::{ConsistentProbability, Rules, Spans};
///
/// let rules = Rules::new()
///     .drop(Spans::with("url.path", "/health*"))
///     .keep(Spans::with("http.route", "/checkout").and("http.request.method", "POST"))
///     .sample(Spans::named("poll *"), ConsistentProbability::new(0.001))
///     .otherwise(ConsistentProbability::new(0.1));
/// let builder = spanwise::builder().root_sampler(rules);
/// ```
#[derive(Clone, Debug)]
pub struct Rules {
    rules: Vec<(Spans, RuleAction)>,
    otherwise: RuleAction,
}

/// What a rule does with the spans that it matches.
#[derive(Clone, Debug)]
enum RuleAction {
    Drop,
    Ask(Box<dyn ShouldSample>),
}

impl RuleAction {
    /// Samples all of them, with the threshold that says so: each stands for itself only.
    fn keep() -> Self {
        Self::Ask(Box::new(ConsistentProbability::new(1.0)))
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::new()
    }
}

impl Rules {
    /// Creates a sampler without rules: it samples everything.
    #[must_use]
    pub fn new() -> Self {
        Self { rules: Vec::new(), otherwise: RuleAction::keep() }
    }

    /// Drops such spans. [`KeepOnError`](super::KeepOnError) does not keep them either.
    ///
    /// The sampling result marks this with an attribute, `spanwise.never`, which is not exported. It would show on a span
    /// only under the SDK's provider, and only if a sampler of yours around these rules samples the span after all.
    #[must_use]
    pub fn drop(self, spans: Spans) -> Self {
        self.rule(spans, RuleAction::Drop)
    }

    /// Samples all such spans, with the sampling threshold of 100 % in the `tracestate` (`ot=th:0`).
    #[must_use]
    pub fn keep(self, spans: Spans) -> Self {
        self.rule(spans, RuleAction::keep())
    }

    /// Asks `sampler` for such spans.
    #[must_use]
    pub fn sample(self, spans: Spans, sampler: impl ShouldSample + 'static) -> Self {
        self.rule(spans, RuleAction::Ask(Box::new(sampler)))
    }

    /// Asks `sampler` for all other spans.
    #[must_use]
    pub fn otherwise(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.otherwise = RuleAction::Ask(Box::new(sampler));
        self
    }

    fn rule(mut self, spans: Spans, action: RuleAction) -> Self {
        self.rules.push((spans, action));
        self
    }
}

impl_should_sample!(Rules);

impl Rules {
    fn decide(&self, span: SpanToSample<'_>) -> SamplingResult {
        let rule = self.rules.iter().find(|(spans, _)| spans.contain(&span));
        match rule.map_or(&self.otherwise, |(_, action)| action) {
            RuleAction::Drop => {
                final_drop(OtState::of(&parent_trace_state(span.parent)).with_threshold(None))
            }
            RuleAction::Ask(sampler) => span.ask(&**sampler),
        }
    }
}

/// The spans that a rule of [`Rules`] is for: those that meet all of its conditions.
///
/// In names and values `*` matches any text, including none. Everything else matches itself; case matters. A value that is
/// not a text is compared as it is displayed (`404`, `true`). A list matches if one of its elements does.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
enum Condition {
    Name(Arc<str>),
    Kind(SpanKind),
    Attribute(Key, Arc<str>),
    Key(Key),
}

impl Spans {
    /// Matches all spans.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Matches spans whose name matches the pattern: `GET /health`, `poll *`.
    #[must_use]
    pub fn named(pattern: impl Into<String>) -> Self {
        Self::all().and_named(pattern)
    }

    /// Matches spans of this kind.
    #[must_use]
    pub fn of_kind(kind: SpanKind) -> Self {
        Self::all().and_of_kind(kind)
    }

    /// Matches spans that start with an attribute of this key whose value matches the pattern.
    #[must_use]
    pub fn with(key: impl Into<Key>, pattern: impl Into<String>) -> Self {
        Self::all().and(key, pattern)
    }

    /// Matches spans that start with an attribute of this key, whatever its value.
    #[must_use]
    pub fn having(key: impl Into<Key>) -> Self {
        Self::all().and_having(key)
    }

    /// Adds a condition: the name matches the pattern.
    #[must_use]
    pub fn and_named(self, pattern: impl Into<String>) -> Self {
        self.condition(Condition::Name(pattern.into().into()))
    }

    /// Adds a condition: the span is of this kind.
    #[must_use]
    pub fn and_of_kind(self, kind: SpanKind) -> Self {
        self.condition(Condition::Kind(kind))
    }

    /// Adds a condition: the span starts with an attribute of this key whose value matches the pattern.
    #[must_use]
    pub fn and(self, key: impl Into<Key>, pattern: impl Into<String>) -> Self {
        self.condition(Condition::Attribute(key.into(), pattern.into().into()))
    }

    /// Adds a condition: the span starts with an attribute of this key.
    #[must_use]
    pub fn and_having(self, key: impl Into<Key>) -> Self {
        self.condition(Condition::Key(key.into()))
    }

    fn condition(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    fn contain(&self, span: &SpanToSample<'_>) -> bool {
        // If a key is there twice, the span gets the last value.
        let value = |key: &Key| {
            span.attributes.iter().rev().find(|known| known.key == *key).map(|known| &known.value)
        };
        self.conditions.iter().all(|condition| match condition {
            Condition::Name(pattern) => matches(pattern, span.name),
            Condition::Kind(wanted) => wanted == span.kind,
            Condition::Attribute(key, pattern) => {
                value(key).is_some_and(|value| value_matches(pattern, value))
            }
            Condition::Key(key) => value(key).is_some(),
        })
    }
}

fn value_matches(pattern: &str, value: &Value) -> bool {
    match value {
        Value::Array(Array::String(texts)) => texts.iter().any(|text| matches(pattern, text.as_str())),
        Value::Array(Array::I64(numbers)) => any_matches(pattern, numbers),
        Value::Array(Array::F64(numbers)) => any_matches(pattern, numbers),
        Value::Array(Array::Bool(truths)) => any_matches(pattern, truths),
        value => matches(pattern, &value.as_str()),
    }
}

fn any_matches(pattern: &str, values: &[impl ToString]) -> bool {
    values.iter().any(|value| matches(pattern, &value.to_string()))
}
