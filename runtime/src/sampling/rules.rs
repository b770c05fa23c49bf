//! By what a span is: the first rule that fits decides.

use std::sync::Arc;

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Array, Context, Key, KeyValue, Value};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use super::ConsistentProbability;
use super::decision::{never, state_of};
use super::glob::matches;
use super::threshold::OtState;

/// Decides by a span's name, kind and attributes: the first rule that fits.
///
/// What no rule fits is decided by [`otherwise`](Self::otherwise), and is recorded where that is not given. Only what is known when the
/// span starts can be seen: for a [`ServerLayer`](crate::ServerLayer) `http.request.method`, `url.path`, `url.scheme`,
/// `url.query`, `http.route` and `user_agent.original`, where they are there, and the addresses; for an annotated
/// function its `fields`; never a status.
///
/// Under [`ParentBased`](super::ParentBased), or given to [`Builder::root_sampler`](crate::Builder::root_sampler), rules
/// decide about the first span of a trace, and the others follow. Asked for every span, a rule drops or keeps single ones.
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
    rules: Vec<(Spans, Then)>,
    otherwise: Then,
}

#[derive(Clone, Debug)]
enum Then {
    Drop,
    Ask(Box<dyn ShouldSample>),
}

impl Then {
    /// All of them, and the trace says so: a peer can tell that each stands for itself.
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
    /// No rules: everything is recorded.
    #[must_use]
    pub fn new() -> Self {
        Self { rules: Vec::new(), otherwise: Then::keep() }
    }

    /// Such spans are not recorded; [`KeepOnError`](super::KeepOnError) does not keep them either.
    ///
    /// That this no stands is said by an attribute of the answer, `spanwise.never`, which goes nowhere. Only a sampler of
    /// your own around these rules that makes a yes of it, under the SDK's provider, would show it on the span.
    #[must_use]
    pub fn drop(self, spans: Spans) -> Self {
        self.then(spans, Then::Drop)
    }

    /// Such spans are all recorded, with the sampling threshold of 100 % in the `tracestate` (`ot=th:0`).
    #[must_use]
    pub fn keep(self, spans: Spans) -> Self {
        self.then(spans, Then::keep())
    }

    /// `sampler` is asked for such spans.
    #[must_use]
    pub fn sample(self, spans: Spans, sampler: impl ShouldSample + 'static) -> Self {
        self.then(spans, Then::Ask(Box::new(sampler)))
    }

    /// `sampler` is asked for all others.
    #[must_use]
    pub fn otherwise(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.otherwise = Then::Ask(Box::new(sampler));
        self
    }

    fn then(mut self, spans: Spans, then: Then) -> Self {
        self.rules.push((spans, then));
        self
    }
}

impl ShouldSample for Rules {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let rule = self.rules.iter().find(|(spans, _)| spans.fit(name, kind, attributes));
        match rule.map_or(&self.otherwise, |(_, then)| then) {
            Then::Drop => never(OtState::of(&state_of(parent)).with_threshold(None)),
            Then::Ask(sampler) => sampler.should_sample(parent, trace_id, name, kind, attributes, links),
        }
    }
}

/// Which spans a rule of [`Rules`] is for: those that meet all of its conditions.
///
/// In names and values `*` stands for any text, the empty one included; all else for itself, capitals and small letters
/// told apart. A value that is no text is compared as it is displayed (`404`, `true`); of a list it is enough that one
/// element fits.
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
    /// All spans.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Spans of this name: `GET /health`, `poll *`.
    #[must_use]
    pub fn named(pattern: impl Into<String>) -> Self {
        Self::all().and_named(pattern)
    }

    /// Spans of this kind.
    #[must_use]
    pub fn of_kind(kind: SpanKind) -> Self {
        Self::all().and_of_kind(kind)
    }

    /// Spans that start with an attribute of this key, whose value fits the pattern.
    #[must_use]
    pub fn with(key: impl Into<Key>, pattern: impl Into<String>) -> Self {
        Self::all().and(key, pattern)
    }

    /// Spans that start with an attribute of this key, whatever its value is.
    #[must_use]
    pub fn having(key: impl Into<Key>) -> Self {
        Self::all().and_having(key)
    }

    /// Of these, those of this name.
    #[must_use]
    pub fn and_named(self, pattern: impl Into<String>) -> Self {
        self.also(Condition::Name(pattern.into().into()))
    }

    /// Of these, those of this kind.
    #[must_use]
    pub fn and_of_kind(self, kind: SpanKind) -> Self {
        self.also(Condition::Kind(kind))
    }

    /// Of these, those that start with an attribute of this key, whose value fits the pattern.
    #[must_use]
    pub fn and(self, key: impl Into<Key>, pattern: impl Into<String>) -> Self {
        self.also(Condition::Attribute(key.into(), pattern.into().into()))
    }

    /// Of these, those that start with an attribute of this key.
    #[must_use]
    pub fn and_having(self, key: impl Into<Key>) -> Self {
        self.also(Condition::Key(key.into()))
    }

    fn also(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    fn fit(&self, name: &str, kind: &SpanKind, attributes: &[KeyValue]) -> bool {
        // The last of a key is the one that the span has.
        let value =
            |key: &Key| attributes.iter().rev().find(|known| known.key == *key).map(|known| &known.value);
        self.conditions.iter().all(|condition| match condition {
            Condition::Name(pattern) => matches(pattern, name),
            Condition::Kind(wanted) => wanted == kind,
            Condition::Attribute(key, pattern) => value(key).is_some_and(|value| fits(pattern, value)),
            Condition::Key(key) => value(key).is_some(),
        })
    }
}

fn fits(pattern: &str, value: &Value) -> bool {
    match value {
        Value::Array(Array::String(texts)) => texts.iter().any(|text| matches(pattern, text.as_str())),
        Value::Array(Array::I64(numbers)) => any_fits(pattern, numbers),
        Value::Array(Array::F64(numbers)) => any_fits(pattern, numbers),
        Value::Array(Array::Bool(truths)) => any_fits(pattern, truths),
        value => matches(pattern, &value.as_str()),
    }
}

fn any_fits(pattern: &str, values: &[impl ToString]) -> bool {
    values.iter().any(|value| matches(pattern, &value.to_string()))
}
