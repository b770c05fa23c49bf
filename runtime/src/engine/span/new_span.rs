//! A span that has not started: everything a sampler may see.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, SpanKind};

use crate::engine::span::scope::Scope;

/// What a span starts with, that a sampler has to see first.
#[derive(Debug)]
pub(crate) struct NewSpan {
    /// The one that the sampler sees.
    pub(crate) name: Cow<'static, str>,
    /// Another one, that is known only where the span is recorded.
    pub(crate) rename: Option<String>,
    pub(crate) kind: SpanKind,
    pub(crate) attributes: Vec<KeyValue>,
    pub(crate) links: Vec<Link>,
    pub(crate) events: Vec<Event>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) scope: Arc<Scope>,
}
