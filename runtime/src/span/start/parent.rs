//! The parent and the links of a span, where the code names them.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::pending_link::{without_pending_link, without_span};
use crate::api::Context;
use crate::api::trace::{Link, SpanContext, TraceContextExt as _};
use crate::carrier::Carrier;
use crate::propagation::{CarrierExtractor, with_propagator};

/// What can be the parent of a span.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the parent of a span",
    label = "expected a `CarriedContext`, a `Context`, a `SpanContext`, headers, or an `Option` of one of these",
    note = "headers are an `http::HeaderMap`, or pairs of names and values in a `HashMap`, a `BTreeMap` or a `Vec`; read \
            other types of headers by `spanwise::extract`; the OpenTelemetry types are those of `opentelemetry` 0.33; a \
            `tracing::Span` needs the feature `logs`, and `spanwise::logs::Bridge` in the subscriber"
)]
pub trait Parent {
    /// Returns the context that holds the parent; `None` for a root span.
    fn context(&self, current: &Context) -> Option<Context>;
}

/// What a span can link to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be linked to a span",
    label = "expected a `CarriedContext`, a `Context`, a `SpanContext`, headers, or an `Option`, a slice or a vector of one of these",
    note = "headers are an `http::HeaderMap`, or pairs of names and values in a `HashMap`, a `BTreeMap` or a `Vec`; read \
            other types of headers by `spanwise::extract`; the OpenTelemetry types are those of `opentelemetry` 0.33; a \
            `tracing::Span` needs the feature `logs`, and `spanwise::logs::Bridge` in the subscriber"
)]
pub trait Links {
    /// Adds links to the list.
    fn add_to(&self, links: &mut Vec<Link>);
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
        Some(without_pending_link(current.with_remote_span_context(self.clone())))
    }
}

impl Links for SpanContext {
    fn add_to(&self, links: &mut Vec<Link>) {
        if self.is_valid() {
            links.push(Link::with_context(self.clone()));
        }
    }
}

fn extract_from(headers: &dyn Carrier, current: &Context) -> Context {
    let (base, fields) = (without_span(current), CarrierExtractor::of(headers));
    with_propagator(|propagator| propagator.extract_with_context(&base, &fields))
}

macro_rules! carriers {
    ($([$($parameters:tt)*] $carrier:ty),*) => {$(
        impl<$($parameters)*> Parent for $carrier {
            fn context(&self, current: &Context) -> Option<Context> {
                Some(extract_from(&self, current))
            }
        }

        impl<$($parameters)*> Links for $carrier {
            fn add_to(&self, links: &mut Vec<Link>) {
                extract_from(&self, &Context::new()).add_to(links);
            }
        }
    )*};
}

carriers!(
    [K: AsRef<str>, V: AsRef<[u8]>, S] HashMap<K, V, S>,
    [K: AsRef<str>, V: AsRef<[u8]>] BTreeMap<K, V>,
    [K: AsRef<str>, V: AsRef<[u8]>] Vec<(K, V)>,
    [K: AsRef<str>, V: AsRef<[u8]>] [(K, V)]
);

#[cfg(any(feature = "client", feature = "server"))]
mod http {
    use crate::api::Context;
    use crate::api::trace::Link;
    use http::HeaderMap;

    use super::without_span;
    use super::{Links, Parent};
    use crate::propagation::{HeaderExtractor, with_propagator};

    fn extracted(headers: &HeaderMap, current: &Context) -> Context {
        let headers = HeaderExtractor(headers);
        with_propagator(|propagator| propagator.extract_with_context(&without_span(current), &headers))
    }

    impl Parent for HeaderMap {
        fn context(&self, current: &Context) -> Option<Context> {
            Some(extracted(self, current))
        }
    }

    impl Links for HeaderMap {
        fn add_to(&self, links: &mut Vec<Link>) {
            extracted(self, &Context::new()).add_to(links);
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
