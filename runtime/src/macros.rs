//! `span!` and `attributes!`, and the reading of the names in them.

/// Starts a span by hand; it is current until the value is dropped.
///
/// A name, then attributes: `key = value` for a typed value, `key = %value` for its `Display` form,
/// `key = ?value` for `Debug`; a key may have dots. The values are evaluated only if the span is recorded.
///
/// ```
/// let body = String::from("{}");
/// let _span = spanwise::span!("parse", http.body.size = body.len(), format = "json");
/// ```
///
/// A span that nobody keeps would end at once:
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// spanwise::span!("parse");
/// ```
#[macro_export]
macro_rules! span {
    ($name:expr $(, $($fields:tt)*)?) => {{
        let mut start = $crate::__private::begin($crate::__callsite!($name));
        if start.is_recording() {
            $($crate::__fields!(@start start; $($fields)*);)?
        }
        $crate::__private::manual(start)
    }};
}

/// Attributes for [`event`](fn@crate::event): `attributes! { attempt = 2, peer.name = %peer }`.
///
/// Keys and values are written as in [`span!`](crate::span).
#[macro_export]
macro_rules! attributes {
    ($($fields:tt)*) => { $crate::__fields!(@list [] $($fields)*) };
}

/// One field after another: `@start` sets each on a span that is about to start, `@list` collects
/// them into an array.
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
        $crate::__fields!(@list [$($done,)* $crate::__private::attribute(
            $crate::__key!($($key).+), $crate::__private::display_value(&$value)),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] $($key:ident).+ = ?$value:expr $(, $($rest:tt)*)?) => {
        $crate::__fields!(@list [$($done,)* $crate::__private::attribute(
            $crate::__key!($($key).+), $crate::__private::debug_value(&$value)),] $($($rest)*)?)
    };
    (@list [$($done:expr,)*] $($key:ident).+ = $value:expr $(, $($rest:tt)*)?) => {
        $crate::__fields!(@list [$($done,)* $crate::__private::attribute(
            $crate::__key!($($key).+), $crate::__private::typed_value(&$value)),] $($($rest)*)?)
    };
}

/// `order.id` as text, without the spaces that `stringify!` would put in.
#[doc(hidden)]
#[macro_export]
macro_rules! __key {
    ($first:ident $(. $rest:ident)*) => {
        ::core::concat!(::core::stringify!($first) $(, ".", ::core::stringify!($rest))*)
    };
}

/// The static callsite of a `span!`.
#[doc(hidden)]
#[macro_export]
macro_rules! __callsite {
    ($name:expr) => {{
        struct Here;
        static CALLSITE: $crate::__private::Callsite = $crate::__private::Callsite::new(
            $name,
            $crate::__private::SpanKind::Internal,
            $crate::__private::Place {
                function: ::core::any::type_name::<Here>,
                file: ::core::file!(),
                line: ::core::line!(),
            },
            $crate::__private::Crate {
                name: ::core::option_env!("CARGO_PKG_NAME"),
                version: ::core::option_env!("CARGO_PKG_VERSION"),
                module: ::core::module_path!(),
            },
        );
        &CALLSITE
    }};
}
