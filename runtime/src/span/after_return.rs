//! What happens to a function's span when the function returns, by the type of what it returns.
//!
//! A boxed future or stream goes on with the span, under whatever name its type has. Any other value ends it. The type is
//! found by autoref specialization, as in [`return_value`](super::return_value).

use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::UnwindSafe;
use std::pin::Pin;

use futures_core::Stream;

use super::guard::Entered;
use super::outcome::Outcome;

/// A function has returned a value of this type.
#[derive(Debug)]
pub struct AfterReturn<T>(ValueReturned<T>);

/// A function has returned a value that is no boxed future or stream.
#[derive(Debug)]
pub struct ValueReturned<T>(PhantomData<fn() -> T>);

/// Looks at the type of a returned value.
#[inline(always)]
pub const fn after_return<T>(_returned: &T) -> AfterReturn<T> {
    AfterReturn(ValueReturned(PhantomData))
}

impl<T> Deref for AfterReturn<T> {
    type Target = ValueReturned<T>;

    #[inline(always)]
    fn deref(&self) -> &ValueReturned<T> {
        &self.0
    }
}

impl<T> ValueReturned<T> {
    /// Ends the span, and returns the value. An error is recorded by its type.
    #[inline(always)]
    pub fn finish_by_type(
        &self,
        entered: Entered,
        returned: T,
        error_type: impl FnOnce(&T) -> Option<&'static str>,
    ) -> T {
        entered.exit_by_type(error_type(&returned));
        returned
    }

    /// Ends the span, and returns the value.
    #[inline(always)]
    pub fn finish(&self, entered: Entered, returned: T, outcome: impl FnOnce(&T) -> Outcome<'_>) -> T {
        entered.exit(outcome(&returned));
        returned
    }

    /// The same with an outcome that borrows from what the function has borrowed.
    #[inline(always)]
    pub fn finish_borrowing(
        &self,
        entered: Entered,
        returned: T,
        outcome: impl FnOnce(&T) -> Outcome<'_>,
    ) -> T {
        self.finish(entered, returned, outcome)
    }
}

/// Lets the span go on with a boxed future or stream, in another box. Without a span it is returned as it is.
macro_rules! boxed {
    ($($trait:ident<$output:ident> as $go_on:ident: $($marker:ident)*;)*) => {$(
        impl<'a, T> AfterReturn<Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>>> {
            /// Lets the span go on with what was returned. An error is recorded by its type.
            pub fn finish_by_type(
                &self,
                entered: Entered,
                returned: Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>>,
                error_type: fn(&T) -> Option<&'static str>,
            ) -> Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>> {
                Self::go_on(entered, returned, move |output: &T| Outcome::of_type(error_type(output)))
            }

            /// Lets the span go on with what was returned.
            pub fn finish(
                &self,
                entered: Entered,
                returned: Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>>,
                outcome: fn(&T) -> Outcome<'_>,
            ) -> Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>> {
                Self::go_on(entered, returned, outcome)
            }

            /// The same with an outcome that borrows from what the function has borrowed.
            pub fn finish_borrowing(
                &self,
                entered: Entered,
                returned: Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>>,
                outcome: impl Fn(&T) -> Outcome<'_> $(+ $marker)* + 'a,
            ) -> Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>>
            where
                T: 'a,
            {
                if entered.is_empty() {
                    entered.exit(Outcome::success());
                    return returned;
                }
                Box::pin(entered.$go_on(returned, outcome))
            }

            /// `outcome` borrows nothing: it is a function pointer, or holds only one.
            fn go_on(
                entered: Entered,
                returned: Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>>,
                outcome: impl Fn(&T) -> Outcome<'_> $(+ $marker)*,
            ) -> Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>> {
                if entered.is_empty() {
                    entered.exit(Outcome::success());
                    return returned;
                }
                let traced: Pin<Box<dyn $trait<$output = T> $(+ $marker)* + '_>> =
                    Box::pin(entered.$go_on(returned, outcome));
                lengthen!(traced, $trait<$output> $(+ $marker)*)
            }
        }
    )*};
}

/// Gives a box around a boxed future the lifetime of the inner one.
macro_rules! lengthen {
    ($traced:expr, $trait:ident<$output:ident> $(+ $marker:ident)*) => {{
        #[expect(unsafe_code, reason = "the compiler would ask for `T: 'a`, which the inner box does not have")]
        // SAFETY: the types differ in the lifetime bound alone. The outer box holds the inner one, whose type says that
        // it may live as long as 'a; a span, which borrows nothing; and a function pointer, which borrows nothing. `T`
        // stays in the type, so that the box is not used where `T` is not alive.
        unsafe {
            std::mem::transmute::<
                Pin<Box<dyn $trait<$output = T> $(+ $marker)* + '_>>,
                Pin<Box<dyn $trait<$output = T> $(+ $marker)* + 'a>>,
            >($traced)
        }
    }};
}

boxed! {
    Future<Output> as go_on: ;
    Future<Output> as go_on: Send;
    Future<Output> as go_on: Sync;
    Future<Output> as go_on: Send Sync;
    Future<Output> as go_on: Unpin;
    Future<Output> as go_on: Send Unpin;
    Future<Output> as go_on: Send Sync Unpin;
    Future<Output> as go_on: UnwindSafe;
    Future<Output> as go_on: Send UnwindSafe;
    Stream<Item> as go_on_streaming: ;
    Stream<Item> as go_on_streaming: Send;
    Stream<Item> as go_on_streaming: Sync;
    Stream<Item> as go_on_streaming: Send Sync;
    Stream<Item> as go_on_streaming: Unpin;
    Stream<Item> as go_on_streaming: Send Unpin;
}
