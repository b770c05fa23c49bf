//! What a span hangs on, and what it is linked to, where the code says so.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::rc::Rc;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::{Link, SpanContext, TraceContextExt as _};

use crate::propagation::with_propagator;

/// What a span can hang on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a span can hang on",
    label = "a `Context`, a `SpanContext`, headers, or an `Option` of one of these",
    note = "headers are `http::HeaderMap` and `HashMap<String, String>`; OpenTelemetry's types are those of \
            `opentelemetry` 0.33"
)]
pub trait Parent {
    /// The context to hang on; `None` for a root.
    fn context(&self, current: &Context) -> Option<Context>;
}

/// What a span can be linked to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a span can be linked to",
    label = "a `Context`, a `SpanContext`, headers, or an `Option`, a slice or a vector of one of these",
    note = "headers are `http::HeaderMap` and `HashMap<String, String>`; OpenTelemetry's types are those of \
            `opentelemetry` 0.33"
)]
pub trait Links {
    /// Adds the links.
    fn add_to(&self, links: &mut Vec<Link>);
}

/// The context without its span: what starts under it is a root.
pub(crate) fn without_span(context: &Context) -> Context {
    context.with_remote_span_context(SpanContext::NONE)
}

impl Parent for Context {
    fn context(&self, _current: &Context) -> Option<Context> {
        Some(self.clone())
    }
}

impl Links for Context {
    fn add_to(&self, links: &mut Vec<Link>) {
        self.span().span_context().add_to(links);
    }
}

impl Parent for SpanContext {
    fn context(&self, current: &Context) -> Option<Context> {
        Some(current.with_remote_span_context(self.clone()))
    }
}

impl Links for SpanContext {
    fn add_to(&self, links: &mut Vec<Link>) {
        if self.is_valid() {
            links.push(Link::with_context(self.clone()));
        }
    }
}

fn extracted(headers: &dyn Extractor, current: &Context) -> Context {
    with_propagator(|propagator| propagator.extract_with_context(&without_span(current), headers))
}

impl<S: BuildHasher> Parent for HashMap<String, String, S> {
    fn context(&self, current: &Context) -> Option<Context> {
        Some(extracted(&Headers(self), current))
    }
}

impl<S: BuildHasher> Links for HashMap<String, String, S> {
    fn add_to(&self, links: &mut Vec<Link>) {
        extracted(&Headers(self), &Context::new()).add_to(links);
    }
}

/// A map as headers, whose names are the same in small letters and in capitals.
struct Headers<'a, S>(&'a HashMap<String, String, S>);

impl<S: BuildHasher> Extractor for Headers<'_, S> {
    fn get(&self, key: &str) -> Option<&str> {
        let any_case =
            || self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value);
        self.0.get(key).or_else(any_case).map(String::as_str)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

#[cfg(any(feature = "client", feature = "server"))]
mod http {
    use http::HeaderMap;
    use opentelemetry::Context;
    use opentelemetry::trace::Link;

    use super::{Links, Parent, extracted};
    use crate::propagation::HeaderExtractor;

    impl Parent for HeaderMap {
        fn context(&self, current: &Context) -> Option<Context> {
            Some(extracted(&HeaderExtractor(self), current))
        }
    }

    impl Links for HeaderMap {
        fn add_to(&self, links: &mut Vec<Link>) {
            extracted(&HeaderExtractor(self), &Context::new()).add_to(links);
        }
    }
}

impl<T: Parent> Parent for Option<T> {
    fn context(&self, current: &Context) -> Option<Context> {
        self.as_ref()?.context(current)
    }
}

impl<T: Links> Links for Option<T> {
    fn add_to(&self, links: &mut Vec<Link>) {
        if let Some(given) = self {
            given.add_to(links);
        }
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: Parent + ?Sized> Parent for $pointer {
            fn context(&self, current: &Context) -> Option<Context> {
                (**self).context(current)
            }
        }

        impl<T: Links + ?Sized> Links for $pointer {
            fn add_to(&self, links: &mut Vec<Link>) {
                (**self).add_to(links);
            }
        }
    )*};
}

pointers!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: Links> Links for [T] {
    fn add_to(&self, links: &mut Vec<Link>) {
        self.iter().for_each(|given| given.add_to(links));
    }
}

impl<T: Links, const N: usize> Links for [T; N] {
    fn add_to(&self, links: &mut Vec<Link>) {
        self.as_slice().add_to(links);
    }
}

impl<T: Links> Links for Vec<T> {
    fn add_to(&self, links: &mut Vec<Link>) {
        self.as_slice().add_to(links);
    }
}
