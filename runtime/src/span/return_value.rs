//! Reads a function's outcome from its return value.
//!
//! The return value is inspected by autoref specialization, so that no trait has to be implemented: a method for some types is
//! on an outer type, and the method of the same name for all other types is on the type that the outer one derefs to.

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::ops::Deref;

use super::failure::exception::Exception;
use super::outcome::Outcome;
use crate::value::{AttributeValue, Shown};

/// A return value.
#[derive(Debug)]
pub struct ReturnValue<'a, T>(NonResult<'a, T>);

/// A return value that is not a `Result`.
#[derive(Debug)]
pub struct NonResult<'a, T>(&'a T);

/// Inspects a return value.
#[inline]
pub const fn output<T>(value: &T) -> ReturnValue<'_, T> {
    ReturnValue(NonResult(value))
}

impl<'a, T> Deref for ReturnValue<'a, T> {
    type Target = NonResult<'a, T>;

    #[inline]
    fn deref(&self) -> &NonResult<'a, T> {
        &self.0
    }
}

impl<'a, T, E> ReturnValue<'a, Result<T, E>> {
    /// An `Err` is a failure with the error's type.
    #[inline]
    #[must_use]
    pub fn outcome(&self) -> Outcome<'a> {
        match self.0.0 {
            Ok(_) => Outcome::success(),
            Err(_) => Outcome::of_type(Some(std::any::type_name::<E>())),
        }
    }

    /// Returns the type of an `Err`'s error.
    #[inline]
    #[must_use]
    pub fn error_type(&self) -> Option<&'static str> {
        self.0.0.is_err().then(std::any::type_name::<E>)
    }

    /// Returns the error of an `Err`, to be inspected.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Failure<'a, E> {
        Failure(ByReference(ByThreadSafeReference(ByDisplay(ByDebug(ByType(self.0.0.as_ref().err()))))))
    }

    /// Returns the value of an `Ok`, to be inspected.
    #[inline]
    #[must_use]
    pub fn returned(&self) -> Returned<'a, T> {
        Returned(ReturnedByDebug(ReturnedByDisplay(NotShown(self.0.0.as_ref().ok()))))
    }
}

impl<'a, T> NonResult<'a, T> {
    /// A value that is not a `Result` is a success.
    #[inline]
    #[must_use]
    pub const fn outcome(&self) -> Outcome<'a> {
        Outcome::success()
    }

    /// A value that is not a `Result` has no error.
    #[inline]
    #[must_use]
    pub const fn error_type(&self) -> Option<&'static str> {
        None
    }

    /// A value that is not a `Result` has no error.
    #[inline]
    #[must_use]
    pub const fn failure(&self) -> NoFailure {
        NoFailure
    }

    /// Returns the value, to be inspected.
    #[inline]
    #[must_use]
    pub const fn returned(&self) -> Returned<'a, T> {
        Returned(ReturnedByDebug(ReturnedByDisplay(NotShown(Some(self.0)))))
    }
}

/// Declares types, each of which derefs to the next.
macro_rules! chain {
    ($($(#[$doc:meta])* $outer:ident => $inner:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub struct $outer<'a, T>($inner<'a, T>);

        impl<'a, T> Deref for $outer<'a, T> {
            type Target = $inner<'a, T>;

            #[inline]
            fn deref(&self) -> &$inner<'a, T> {
                &self.0
            }
        }

        impl<T> Debug for $outer<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($outer))
            }
        }
    )*};
}

chain! {
    /// An error, which is described as well as its type allows.
    Failure => ByReference,
    /// An error that does not implement `Error`, but may give a reference to one that does: `Box<dyn Error>`, `anyhow::Error`.
    ByReference => ByThreadSafeReference,
    /// An error that may give a reference to a thread-safe `Error`.
    ByThreadSafeReference => ByDisplay,
    /// An error that may only implement `Display`.
    ByDisplay => ByDebug,
    /// An error that may only implement `Debug`.
    ByDebug => ByType,
    /// A value, which is recorded as well as its type allows.
    Returned => ReturnedByDebug,
    /// A value whose type is not an `AttributeValue`.
    ReturnedByDebug => ReturnedByDisplay,
    /// A value that does not implement `Debug`.
    ReturnedByDisplay => NotShown,
}

/// An error of which only the type is known.
#[derive(Debug)]
pub struct ByType<'a, E>(Option<&'a E>);

/// A value that cannot be recorded.
#[derive(Debug)]
pub struct NotShown<'a, T>(Option<&'a T>);

impl<'a, E: Error> Failure<'a, E> {
    /// Describes it by its text and its sources.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Display(error), error.source()))
    }
}

impl<'a, E: Display + AsRef<dyn Error + 'static>> ByReference<'a, E> {
    /// Describes it by its text and its sources.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Display(error), error.as_ref().source()))
    }
}

impl<'a, E: Display + AsRef<dyn Error + Send + Sync + 'static>> ByThreadSafeReference<'a, E> {
    /// Describes it by its text and its sources.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Display(error), error.as_ref().source()))
    }
}

impl<'a, E: Display> ByDisplay<'a, E> {
    /// Describes it by its text.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Display(error), None))
    }
}

impl<'a, E: Debug> ByDebug<'a, E> {
    /// Describes it by its `Debug` form.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Debug(error), None))
    }
}

impl<'a, E> ByType<'a, E> {
    #[inline]
    const fn error(&self) -> Option<&'a E> {
        self.0
    }

    /// Describes it by its type alone.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        self.error().map_or(Outcome::success(), |_| {
            Outcome::failed(Exception { has_event: true, ..Exception::of_type::<E>() })
        })
    }

    /// `err(Debug)`: returns the `Debug` form as the message.
    #[inline]
    #[must_use]
    pub fn debugged(&self) -> Option<Shown<'a>>
    where
        E: Debug,
    {
        Some(Shown::Debug(self.error()?))
    }

    /// `err(Display)`: returns the text as the message.
    #[inline]
    #[must_use]
    pub fn displayed(&self) -> Option<Shown<'a>>
    where
        E: Display,
    {
        Some(Shown::Display(self.error()?))
    }

    /// `err(if = ..)`: returns whether the error is a failure.
    #[inline]
    #[must_use]
    pub fn only_if(&self, is_failure: impl FnOnce(&E) -> bool) -> bool {
        self.error().is_some_and(is_failure)
    }
}

/// What `err` inspects where the function does not return a `Result`.
#[derive(Debug)]
pub struct NoFailure;

#[allow(clippy::unused_self, reason = "each replaces a method of `Failure`")]
impl NoFailure {
    /// Returns success.
    #[inline]
    #[must_use]
    pub const fn told(&self) -> Outcome<'static> {
        Outcome::success()
    }

    /// Returns `None`.
    #[inline]
    #[must_use]
    pub const fn debugged(&self) -> Option<Shown<'static>> {
        None
    }

    /// Returns `None`.
    #[inline]
    #[must_use]
    pub const fn displayed(&self) -> Option<Shown<'static>> {
        None
    }

    /// Returns `false`. The argument fixes the type of the closure's own.
    #[inline]
    #[must_use]
    pub fn only_if(&self, _is_failure: impl FnOnce(&NoError) -> bool) -> bool {
        false
    }
}

/// The error of a function that does not return a `Result`.
#[derive(Debug)]
pub enum NoError {}

impl<'a, T: AttributeValue> Returned<'a, T> {
    /// Returns the value as it is.
    #[inline]
    #[must_use]
    pub fn shown(&self) -> Option<Shown<'a>> {
        Some(Shown::Typed(self.value()?))
    }
}

impl<'a, T: Debug> ReturnedByDebug<'a, T> {
    /// Returns the `Debug` form.
    #[inline]
    #[must_use]
    pub fn shown(&self) -> Option<Shown<'a>> {
        Some(Shown::Debug(self.value()?))
    }
}

impl<'a, T: Display> ReturnedByDisplay<'a, T> {
    /// Returns the `Display` form.
    #[inline]
    #[must_use]
    pub fn shown(&self) -> Option<Shown<'a>> {
        Some(Shown::Display(self.value()?))
    }
}

impl<'a, T> NotShown<'a, T> {
    #[inline]
    const fn value(&self) -> Option<&'a T> {
        self.0
    }

    /// Returns `None`: nothing is recorded.
    #[inline]
    #[must_use]
    pub const fn shown(&self) -> Option<Shown<'a>> {
        None
    }

    /// `ret(Debug)`: returns the `Debug` form.
    #[inline]
    #[must_use]
    pub fn debugged(&self) -> Option<Shown<'a>>
    where
        T: Debug,
    {
        Some(Shown::Debug(self.value()?))
    }

    /// `ret(Display)`: returns the `Display` form.
    #[inline]
    #[must_use]
    pub fn displayed(&self) -> Option<Shown<'a>>
    where
        T: Display,
    {
        Some(Shown::Display(self.value()?))
    }
}
