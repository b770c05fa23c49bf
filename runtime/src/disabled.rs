//! The public functions and macros with recording off: they do for the program what they do with it
//! on, and record nothing. Neither syn nor opentelemetry is built.

mod task;

pub use task::{
    Envelope, FutureExt, Origin, carry, carry_each, extract, inject, spawn_thread, with_current_context,
};
#[cfg(feature = "tokio")]
pub use task::{JoinSetExt, spawn, spawn_blocking, spawn_linked, spawn_local};

/// Sets an attribute of the current span; with recording off, nothing.
pub fn set_attribute<K, V>(_key: K, _value: V) {}

/// Adds an event to the current span; with recording off, nothing.
pub fn event<N, A>(_name: N, _attributes: A) {}

/// What [`attributes!`](crate::attributes) makes; with recording off, nothing.
#[derive(Clone, Debug)]
pub struct Attribute(());

/// A value that becomes a typed attribute; with recording off, any value.
pub trait AttributeValue {}

impl<T: ?Sized> AttributeValue for T {}

/// Lets the spans that a panic passes through carry its message; with recording off, nothing.
pub fn install_panic_hook() {}

/// The current trace's id; with recording off, none.
#[must_use]
pub fn current_trace_id() -> Option<String> {
    None
}

/// The current span's id; with recording off, none.
#[must_use]
pub fn current_span_id() -> Option<String> {
    None
}

/// A span made by [`span!`](crate::span); with recording off, nothing.
#[must_use = "the span ends when this is dropped: bind it to a name, such as `_span`"]
#[derive(Debug)]
pub struct ManualSpan(());

impl ManualSpan {
    #[doc(hidden)]
    pub fn none() -> Self {
        Self(())
    }

    /// Sets an attribute of this span; with recording off, nothing.
    pub fn set_attribute<K, V>(&self, _key: K, _value: V) {}

    /// Marks this span as failed; with recording off, nothing.
    pub fn fail<E>(&self, _error: &E) {}
}

/// The span of a request; with recording off, nothing.
#[cfg(any(feature = "client", feature = "server"))]
#[derive(Clone, Debug, Default)]
pub struct RequestSpan(());

#[cfg(any(feature = "client", feature = "server"))]
impl RequestSpan {
    /// The span around this code; with recording off, none.
    #[must_use]
    pub fn current() -> Self {
        Self(())
    }

    /// Sets an attribute; with recording off, nothing.
    pub fn set_attribute<K, V>(&self, _key: K, _value: V) {}

    /// Gives the span another name; with recording off, nothing.
    pub fn set_name<N>(&self, _name: N) {}
}

/// Starts a span by hand; with recording off, the values are not evaluated.
#[macro_export]
macro_rules! span {
    (parent: $parent:expr, $($rest:tt)*) => { $crate::__touch_origin!($parent, $($rest)*) };
    (links: $links:expr, $($rest:tt)*) => { $crate::__touch_origin!($links, $($rest)*) };
    (kind: $kind:ident, $($rest:tt)*) => { $crate::span!($($rest)*) };
    ($name:expr $(, $($fields:tt)*)?) => {{
        if false {
            let _ = &$name;
            $($crate::__touch!($($fields)*);)?
        }
        $crate::ManualSpan::none()
    }};
}

/// Mentions what stands before a span's name.
#[doc(hidden)]
#[macro_export]
macro_rules! __touch_origin {
    ($origin:expr, $($rest:tt)*) => {{
        if false {
            let _ = &$origin;
        }
        $crate::span!($($rest)*)
    }};
}

/// Attributes for [`event`]; with recording off, none, and the values are not evaluated.
#[macro_export]
macro_rules! attributes {
    ($($fields:tt)*) => {
        if false {
            $crate::__touch!($($fields)*);
        }
    };
}

/// Mentions every value, so that what is used only here is not called unused.
#[doc(hidden)]
#[macro_export]
macro_rules! __touch {
    ($(,)?) => {};
    ($($key:ident).+ = %$value:expr $(, $($rest:tt)*)?) => { let _ = &$value; $($crate::__touch!($($rest)*);)? };
    ($($key:ident).+ = ?$value:expr $(, $($rest:tt)*)?) => { let _ = &$value; $($crate::__touch!($($rest)*);)? };
    ($($key:ident).+ = $value:expr $(, $($rest:tt)*)?) => { let _ = &$value; $($crate::__touch!($($rest)*);)? };
}
