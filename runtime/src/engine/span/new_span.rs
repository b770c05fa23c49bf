//! A span that has not started, whose sampler has to be asked.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, SpanKind};

use crate::engine::span::scope::Scope;

/// What a span starts with. A sampler sees it before the span starts.
#[derive(Debug)]
pub(crate) struct NewSpan {
    /// The name that the sampler sees.
    pub(crate) name: Cow<'static, str>,
    /// Another name, given to the span if it is recorded.
    pub(crate) rename: Option<String>,
    pub(crate) kind: SpanKind,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) links: Vec<Link>,
    pub(crate) events: Vec<Event>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) scope: Arc<Scope>,
}
