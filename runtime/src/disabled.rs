//! The public functions and macros with recording off: they do for the program what they do with it
//! on, and record nothing. Neither syn nor opentelemetry is built.

use std::future::Future;

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

/// Carries a context through a future; with recording off, hands the future back.
pub trait FutureExt: Future + Sized {
    /// The future, as it is.
    fn with_current_context(self) -> Self {
        self
    }
}

impl<F: Future> FutureExt for F {}

/// [`tokio::spawn`].
///
/// # Panics
///
/// As `tokio::spawn` does: outside of a Tokio runtime.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future)
}

/// [`tokio::task::spawn_blocking`].
///
/// # Panics
///
/// As `spawn_blocking` does: outside of a Tokio runtime.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn spawn_blocking<F, T>(work: F) -> tokio::task::JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(work)
}

/// Starts a span by hand; with recording off, the values are not evaluated.
#[macro_export]
macro_rules! span {
    ($name:expr $(, $($fields:tt)*)?) => {{
        if false {
            let _ = &$name;
            $($crate::__touch!($($fields)*);)?
        }
        $crate::ManualSpan::none()
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
