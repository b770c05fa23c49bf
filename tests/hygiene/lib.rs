//! Annotated functions of many shapes under the strictest lints, in crates of both editions. The test is that this
//! compiles without a warning.

#![deny(warnings, unused, clippy::all, clippy::pedantic)]
#![allow(missing_docs, clippy::missing_errors_doc, clippy::missing_panics_doc, clippy::must_use_candidate)]
#![allow(
    clippy::implicit_hasher,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::inline_always
)]

use std::fmt::Debug;
use std::sync::Mutex;

use spanwise::instrument;

// Temporaries of the last expression that borrow from an argument are dropped before the argument.

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

/// # Safety
///
/// `of` points to a live value.
#[instrument]
pub unsafe fn not_safe(of: *const u32) -> u32 {
    // SAFETY: the caller guarantees it.
    unsafe { *of }
}

/// # Safety
///
/// `of` points to a value that outlives the future.
#[instrument(err, ret)]
pub async unsafe fn not_safe_async(of: *const u32) -> Result<u32, std::fmt::Error> {
    // SAFETY: the caller guarantees it.
    Ok(unsafe { *of })
}

/// # Safety
///
/// Always safe to call.
#[instrument]
pub unsafe extern "C" fn not_safe_foreign() {}

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

    #[::spanwise::instrument(
        name = format!("{n}"),
        properties = { "n": "{n}" },
        err(if = |_| true),
        ret,
        enter_on_poll = false
    )]
    pub fn everything(n: u32) -> ::core::result::Result<u32, ::std::string::String> {
        ::core::result::Result::Ok(n)
    }

    pub struct Type;

    #[::spanwise::instrument(args)]
    impl Type {
        pub fn method(&self, n: u32) -> u32 {
            n
        }
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

/// Each argument of the attribute, spread over functions.
pub mod arguments {
    use std::collections::HashMap;

    use spanwise::{instrument, Redacted};

    const NAME: &str = "a name";

    #[instrument(name = NAME, kind = client, scope = "scope", level = debug, root, args, skip(b), ret)]
    pub fn most(a: u32, b: &str) -> usize {
        a as usize + b.len()
    }

    #[instrument(name = format!("{a} of {}", b.len()), target = NAME, err(Debug, level = warn), ret(Debug))]
    pub async fn most_async(a: u32, b: &str) -> Result<u32, std::fmt::Error> {
        if b.is_empty() {
            return Err(std::fmt::Error);
        }
        Ok(a)
    }

    #[instrument(parent = headers, links = [headers], fields({ NAME } = 1, later = Empty, %pin), properties = { "a": "{a}" })]
    pub fn others(headers: &HashMap<String, String>, pin: Redacted<u32>, a: u8) {}

    #[instrument(err(if = |error| error.to_string().is_empty()), enter_on_poll)]
    pub async fn polled(
        #[field] a: u32,
        #[field(name = "b", debug)] (b, _): (u32, u32),
    ) -> Result<u32, std::fmt::Error> {
        Ok(a)
    }

    #[instrument]
    pub fn lints(
        #[allow(unused_variables)] a: u32,
        #[allow(unused_mut)] mut b: u32,
        #[expect(unused_variables)] c: u32,
    ) -> u32 {
        b
    }

    #[instrument]
    pub fn endless() -> std::convert::Infallible {
        loop {
            std::thread::park();
        }
    }

    #[instrument(ret, err(off))]
    pub fn nothing_to_show<T>(of: T) -> Result<T, Redacted<T>> {
        Ok(of)
    }

    #[instrument(err, ret)]
    pub fn no_result() {}

    #[instrument(err, ret)]
    pub fn an_option(n: Option<u32>) -> Option<u32> {
        let n = n?;
        Some(n + 1)
    }
}

/// Whole blocks.
pub mod wholes {
    use spanwise::instrument;

    #[derive(Clone, Debug)]
    pub struct Store<T> {
        pub of: T,
    }

    #[instrument(args, err, ret, level = debug)]
    impl<T: Clone + std::fmt::Debug> Store<T> {
        pub const LIMIT: u32 = 1;

        pub const fn new(of: T) -> Self {
            Self { of }
        }

        #[must_use]
        pub fn get(&self, _index: usize) -> &T {
            &self.of
        }

        pub async fn set(&mut self, of: T) -> Result<(), std::fmt::Error> {
            self.of = of;
            Ok(())
        }

        #[instrument(off)]
        pub fn left_out(self: std::sync::Arc<Self>) {}

        #[track_caller]
        #[allow(clippy::boxed_local)]
        pub fn in_place(self: Box<Self>) -> T {
            self.of
        }
    }

    #[instrument]
    pub trait Visits {
        /// Has no body.
        fn body(&self);

        fn default(&self) {
            self.body();
        }
    }

    #[instrument]
    impl<T> Visits for &Store<T> {
        fn body(&self) {}
    }

    #[instrument(kind = internal)]
    pub mod inner {
        //! Inner documentation.
        #![allow(dead_code)]

        use super::Store;

        pub static STATIC: u32 = 1;

        pub fn function(n: u32) -> u32 {
            private(n)
        }

        fn private(n: u32) -> u32 {
            n
        }

        impl Store<u8> {
            pub(super) fn deep(&self) -> u8 {
                self.of
            }
        }
    }
}

/// Functions that a macro makes of each kind of fragment.
macro_rules! fragments {
    ($(#[$meta:meta])* $visibility:vis $name:ident $pattern:pat => $ty:ty, $given:ty, $body:block) => {
        $(#[$meta])*
        #[instrument(args, err, ret)]
        $visibility fn $name($pattern: $ty) -> $given $body
    };
}

fragments!(#[must_use] pub fragments_made (first, _) => (u32, u32), u32, { first });

/// An annotated future is `Send` if the plain one is.
fn is_send<T: Send>(_: T) {}

/// The same for `UnwindSafe`.
fn is_unwind_safe<T: std::panic::UnwindSafe>(_: T) {}

pub fn futures_keep_their_auto_traits() {
    is_send(everything_async(1, String::new()));
    is_send(elided_async("text"));
    is_unwind_safe(everything_async(1, String::new()));
}
