//! What a span hangs on, and what it is linked to, where the code says so.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use opentelemetry::Context;
use opentelemetry::trace::{Link, SpanContext, TraceContextExt as _};

use super::linked::unlinked;
use crate::carrier::Carrier;
use crate::propagation::{Fields, with_propagator};

/// What a span can hang on.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a span can hang on",
    label = "an `Origin`, a `Context`, a `SpanContext`, headers, or an `Option` of one of these",
    note = "headers are `http::HeaderMap`, and pairs of names and values in a `HashMap`, a `BTreeMap` or a `Vec`; what \
            others have is read by `spanwise::extract`; OpenTelemetry's types are those of \
            `opentelemetry` 0.33"
)]
pub trait Parent {
    /// The context to hang on; `None` for a root.
    fn context(&self, current: &Context) -> Option<Context>;
}

/// What a span can be linked to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a span can be linked to",
    label = "an `Origin`, a `Context`, a `SpanContext`, headers, or an `Option`, a slice or a vector of one of these",
    note = "headers are `http::HeaderMap`, and pairs of names and values in a `HashMap`, a `BTreeMap` or a `Vec`; what \
            others have is read by `spanwise::extract`; OpenTelemetry's types are those of \
            `opentelemetry` 0.33"
)]
pub trait Links {
    /// Adds the links.
    fn add_to(&self, links: &mut Vec<Link>);
}

/// The context without its span: what starts under it is a root, and linked to nothing.
pub(crate) fn without_span(context: &Context) -> Context {
    unlinked(context.with_remote_span_context(SpanContext::NONE))
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
        Some(unlinked(current.with_remote_span_context(self.clone())))
    }
}

impl Links for SpanContext {
    fn add_to(&self, links: &mut Vec<Link>) {
        if self.is_valid() {
            links.push(Link::with_context(self.clone()));
        }
    }
}

fn of_message(headers: &dyn Carrier, current: &Context) -> Context {
    let (base, fields) = (without_span(current), Fields::of(headers));
    with_propagator(|propagator| propagator.extract_with_context(&base, &fields))
}

macro_rules! carriers {
    ($([$($parameters:tt)*] $carrier:ty),*) => {$(
        impl<$($parameters)*> Parent for $carrier {
            fn context(&self, current: &Context) -> Option<Context> {
                Some(of_message(&self, current))
            }
        }

        impl<$($parameters)*> Links for $carrier {
            fn add_to(&self, links: &mut Vec<Link>) {
                of_message(&self, &Context::new()).add_to(links);
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
    use http::HeaderMap;
    use opentelemetry::Context;
    use opentelemetry::trace::Link;

    use super::{Links, Parent, without_span};
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
