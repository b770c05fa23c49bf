//! Annotated functions of many shapes under the strictest lints, in crates of both editions: that this
//! compiles without a warning is the test.

#![deny(warnings, unused, clippy::all, clippy::pedantic)]
#![allow(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc, clippy::must_use_candidate)]
#![allow(clippy::needless_pass_by_value, clippy::unused_async, clippy::inline_always)]

use std::fmt::Debug;
use std::sync::Mutex;

use spanwise::instrument;

// What the last expression borrows from an argument is let go before the argument is.

#[instrument]
pub fn borrows_at_the_end(of: Mutex<u32>) -> u32 {
    *of.lock().expect("not poisoned")
}

#[instrument]
pub async fn borrows_at_the_end_async(of: Mutex<u32>) -> u32 {
    *of.lock().expect("not poisoned")
}

#[instrument(args, err)]
pub fn everything(first: u32, mut second: String) -> Result<usize, std::fmt::Error> {
    second.push('x');
    Ok(second.len() + first as usize)
}

#[instrument(args, err, kind = server, name = "all of it", skip(first), fields(sum = first + 1))]
pub async fn everything_async(first: u32, mut second: String) -> Result<usize, std::fmt::Error> {
    second.push('x');
    Ok(second.len() + first as usize)
}

#[instrument]
pub fn nothing() {}

#[instrument]
pub async fn nothing_async() {}

#[instrument]
pub fn one_expression() -> u32 {
    5
}

#[instrument]
pub fn named<'a>(text: &'a str, _unused: &str) -> &'a str {
    text
}

#[instrument]
pub async fn elided_async(text: &str) -> &str {
    text
}

#[instrument]
pub fn opaque(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
}

#[instrument]
pub fn opaque_argument(of: impl Iterator<Item = u32>) -> u32 {
    of.sum()
}

#[instrument]
pub fn a_closure() -> impl Fn(u32) -> u32 {
    |n| n + 1
}

#[instrument]
pub fn an_inferred_closure() -> impl Fn(&str) -> usize {
    |text| text.len()
}

#[instrument(err)]
pub fn opaque_in_a_result(fails: bool) -> Result<impl Iterator<Item = u32>, Box<dyn std::error::Error>> {
    if fails {
        return Err(Box::new(std::fmt::Error));
    }
    Ok(0..3)
}

#[instrument]
pub async fn never_done() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

#[instrument]
pub fn more_than_a_future() -> impl std::future::Future<Output = u32> + Clone {
    std::future::ready(1)
}

#[instrument]
#[must_use]
pub async fn must_be_used() -> u32 {
    1
}

#[instrument]
pub fn coerced(which: bool) -> Box<dyn Debug> {
    if which {
        Box::new(1)
    } else {
        Box::new("one")
    }
}

#[instrument]
pub fn early(leave: bool) -> Option<u32> {
    if leave {
        return None;
    }
    Some(1)
}

#[instrument]
pub fn always_panics() -> u32 {
    panic!("always")
}

#[instrument]
pub async fn always_panics_async() -> u32 {
    panic!("always")
}

#[instrument]
pub async fn gives_a_future() -> std::future::Ready<u32> {
    std::future::ready(1)
}

#[instrument]
pub extern "C" fn foreign(n: u32) -> u32 {
    n
}

#[instrument]
pub fn inner_attributes() -> u32 {
    #![allow(unused_variables)]
    let unused = 1;
    2
}

#[instrument(args)]
pub fn conditional(#[cfg(any())] gone: u32, n: u32) -> u32 {
    n
}

#[instrument(args)]
pub fn r#match(r#type: u32) -> u32 {
    r#type
}

#[instrument(fields(n = n))]
#[inline(always)]
#[must_use = "stacked with others"]
pub fn generic<T: Send + 'static>(n: u32, value: T) -> Vec<T> {
    let _ = n;
    vec![value]
}

/// Made by a macro.
macro_rules! make {
    ($name:ident, $ty:ty) => {
        #[instrument(args)]
        pub fn $name(n: $ty) -> $ty {
            n
        }
    };
}

make!(made, u8);

pub mod without_a_prelude {
    #![no_implicit_prelude]

    #[::spanwise::instrument(args, fields(next = n + 1), err)]
    pub fn plain(n: u32) -> ::core::result::Result<u32, ::std::string::String> {
        ::core::result::Result::Ok(n)
    }

    #[::spanwise::instrument(args, err)]
    pub async fn asynchronous(n: u32) -> ::core::result::Result<u32, ::std::string::String> {
        ::core::result::Result::Ok(n)
    }

    #[::spanwise::instrument]
    pub fn boxed() -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = u32>>> {
        ::std::boxed::Box::pin(::core::future::ready(1))
    }
}

pub mod beside_names_that_we_use {
    pub mod spanwise {}
    pub mod core {}
    pub mod std {}

    pub struct Result;
    pub struct Option;

    #[::spanwise::instrument(args)]
    pub fn locals(__start: u32, __entered: u32) -> u32 {
        let __result = __start;
        __result + __entered
    }
}

/// An annotated future is as movable between threads as a plain one.
fn is_send<T: Send>(_: T) {}

/// And as good to catch panics of.
fn is_unwind_safe<T: std::panic::UnwindSafe>(_: T) {}

pub fn futures_are_what_they_were() {
    is_send(everything_async(1, String::new()));
    is_send(elided_async("text"));
    is_unwind_safe(everything_async(1, String::new()));
}
