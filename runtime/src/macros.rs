//! `span!` and `attributes!`.

/// Starts a span by hand. It is current until the returned [`ManualSpan`](crate::ManualSpan) is dropped, which ends it.
///
/// Give a name, then attributes: `key = value` for a typed value, `key = %value` for the `Display` form, `key = ?value` for the
/// `Debug` form. Keys may contain dots. The values are evaluated only if the span is recorded.
///
/// ```
/// let body = String::from("{}");
/// let _span = spanwise::span!("parse", http.body.size = body.len(), format = "json");
/// ```
///
/// Before the name, `parent:`, `links:` and `kind:` set the parent, the links and the kind, in any order, as in
/// [`#[instrument]`](macro@crate::instrument).
///
/// ```
/// use spanwise::task::Envelope;
/// use spanwise::span;
///
/// # let envelope = Envelope::new(7);
/// let (job, context) = envelope.into_parts();
/// let _span = span!(parent: context, kind: consumer, "process jobs", job.id = job);
/// # let batch = vec![context.clone()];
/// let _span = span!(links: batch, "process a batch", messaging.batch.message_count = batch.len());
/// ```
///
/// Bind the span to a variable: otherwise it ends at once, and the compiler warns.
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// spanwise::span!("parse");
/// ```
#[macro_export]
macro_rules! span {
    ($($rest:tt)*) => { $crate::__span!([] [] [internal] $($rest)*) };
}

/// Collects what stands before the name of a `span!`: `[parent] [links] [kind]`.
#[doc(hidden)]
#[macro_export]
macro_rules! __span {
    ([] [$($links:expr)?] [$kind:ident] parent: $parent:expr, $($rest:tt)*) => {
        $crate::__span!([$parent] [$($links)?] [$kind] $($rest)*)
    };
    ([$($parent:expr)?] [] [$kind:ident] links: $links:expr, $($rest:tt)*) => {
        $crate::__span!([$($parent)?] [$links] [$kind] $($rest)*)
    };
    ([$($parent:expr)?] [$($links:expr)?] [$_kind:ident] kind: $kind:ident, $($rest:tt)*) => {
        $crate::__span!([$($parent)?] [$($links)?] [$kind] $($rest)*)
    };
    ([$($parent:expr)?] [$($links:expr)?] [$kind:ident] $name:expr $(, $($fields:tt)*)?) => {{
        let mut start = $crate::__begin!($crate::__callsite!($name, $kind) $(, $parent)?);
        if start.is_recording() {
            $(start.links(&$links);)?
            $($crate::__fields!(@start start; $($fields)*);)?
        }
        $crate::__private::manual(start)
    }};
}

/// Begins a span under the current context, or under the given parent.
#[doc(hidden)]
#[macro_export]
macro_rules! __begin {
    ($callsite:expr) => {
        $crate::__private::begin($callsite)
    };
    ($callsite:expr, $parent:expr) => {
        $crate::__if_recording!(
            $crate::__private::begin_under($callsite, &$parent),
            $crate::__private::begin($callsite)
        )
    };
}

/// The first expression, or with recording off the second: the first is checked by the compiler then, and not evaluated.
#[cfg(feature = "record")]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_recording {
    ($on:expr, $off:expr) => {
        $on
    };
}

/// The first expression, or with recording off the second: the first is checked by the compiler then, and not evaluated.
#[cfg(not(feature = "record"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __if_recording {
    ($on:expr, $off:expr) => {
        if false { $on } else { $off }
    };
}

/// Makes attributes for [`event`](fn@crate::event): `attributes! { attempt = 2, peer.name = %peer }`.
///
/// Keys and values are written as in [`span!`](crate::span).
#[macro_export]
macro_rules! attributes {
    ($($fields:tt)*) => { $crate::__fields!(@list [] $($fields)*) };
}

/// Takes one field after another: `@start` sets each on a span that is about to start, `@list` collects them in an array.
#[doc(hidden)]
#[macro_export]
macro_rules! __fields {
    (@start $start:ident; $(,)?) => {};
    (@start $start:ident; $($key:ident).+ = %$value:expr $(, $($rest:tt)*)?) => {
        $start.attribute($crate::__key!($($key).+), $crate::__private::display_value(&$value));
        $($crate::__fields!(@start $start; $($rest)*);)?
    };
    (@start $start:ident; $($key:ident).+ = ?$value:expr $(, $($rest:tt)*)?) => {
        $start.attribute($crate::__key!($($key).+), $crate::__private::debug_value(&$value));
        $($crate::__fields!(@start $start; $($rest)*);)?
    };
    (@start $start:ident; $($key:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        $start.attribute($crate::__key!($($key).+), $crate::__private::typed_value(&$value));
        $($crate::__fields!(@start $start; $($rest)*);)?
    };
    (@list [$($done:expr,)*] $(,)?) => { [$($done,)*] };
    (@list [$($done:expr,)*] $($key:ident).+ = %$value:expr $(, $($rest:tt)*)?) => {
        $crate::__fields!(@list [$($done,)* $crate::__private::attribute($crate::__key!($($key).+),
            $crate::__if_recording!($crate::__private::display_value(&$value), ::core::option::Option::None)),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] $($key:ident).+ = ?$value:expr $(, $($rest:tt)*)?) => {
        $crate::__fields!(@list [$($done,)* $crate::__private::attribute($crate::__key!($($key).+),
            $crate::__if_recording!($crate::__private::debug_value(&$value), ::core::option::Option::None)),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] $($key:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__fields!(@list [$($done,)* $crate::__private::attribute($crate::__key!($($key).+),
            $crate::__if_recording!($crate::__private::typed_value(&$value), ::core::option::Option::None)),] $($($rest)*)?)
    };
}

/// Returns a key such as `order.id` as text. `stringify!` alone would add spaces.
#[doc(hidden)]
#[macro_export]
macro_rules! __key {
    ($first:ident $(. $rest:ident)*) => {
        ::core::concat!(::core::stringify!($first) $(, ".", ::core::stringify!($rest))*)
    };
}

/// Returns the static callsite of a `span!`.
#[doc(hidden)]
#[macro_export]
macro_rules! __callsite {
    ($name:expr, $kind:ident) => {{
        struct Here;
        static CALLSITE: $crate::__private::Callsite = $crate::__private::Callsite::of_function(
            $name,
            $crate::__kind!($kind),
            ::core::any::type_name::<Here>,
            $crate::__or_empty!(::core::option_env!("CARGO_PKG_NAME")),
            $crate::__or_empty!(::core::option_env!("CARGO_PKG_VERSION")),
        );
        &CALLSITE
    }};
}

/// Returns a variable of Cargo's, or empty text if it is not Cargo that builds the crate.
#[doc(hidden)]
#[macro_export]
macro_rules! __or_empty {
    ($variable:expr) => {
        match $variable {
            ::core::option::Option::Some(value) => value,
            ::core::option::Option::None => "",
        }
    };
}

/// Returns a span kind by its name.
#[doc(hidden)]
#[macro_export]
macro_rules! __kind {
    (internal) => {
        $crate::__private::SpanKind::Internal
    };
    (client) => {
        $crate::__private::SpanKind::Client
    };
    (server) => {
        $crate::__private::SpanKind::Server
    };
    (producer) => {
        $crate::__private::SpanKind::Producer
    };
    (consumer) => {
        $crate::__private::SpanKind::Consumer
    };
}
