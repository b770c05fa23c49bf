//! How a function ended, read from what it gives.
//!
//! What can be read is found by type, without asking for any trait: a method that only some types
//! have stands on the outer of two types, and the one for all the others on the type that the outer
//! derefs to.

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::ops::Deref;

use super::exception::Exception;
use crate::level::Level;
use crate::value::{AttributeValue, Shown};

/// What is to be said at the end of a span.
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    pub(super) failure: Option<Exception<'a>>,
    pub(super) returned: Option<Shown<'a>>,
}

impl<'a> Outcome<'a> {
    /// Nothing to say: the status stays unset.
    #[inline]
    #[must_use]
    pub const fn success() -> Self {
        Self { failure: None, returned: None }
    }

    pub(super) const fn is_silent(&self) -> bool {
        self.failure.is_none() && self.returned.is_none()
    }

    pub(crate) const fn failed(exception: Exception<'a>) -> Self {
        Self { failure: Some(exception), returned: None }
    }

    /// A failure of this type, if there is one.
    #[inline(never)]
    pub(super) fn of_type(error: Option<&'static str>) -> Self {
        error.map_or(Self::success(), |kind| Self::failed(Exception::new(kind.into())))
    }

    #[inline]
    fn of<E>(
        error: Option<&'a E>,
        told: impl FnOnce(&'a E) -> (Shown<'a>, Option<&'a (dyn Error + 'static)>),
    ) -> Self {
        let Some(error) = error else { return Self::success() };
        let (message, source) = told(error);
        Self::failed(Exception {
            has_event: true,
            message: Some(message),
            source,
            ..Exception::of_type::<E>()
        })
    }

    /// A failure is told at this level.
    #[inline]
    #[must_use]
    pub fn at(mut self, level: Level) -> Self {
        if let Some(failure) = &mut self.failure {
            failure.level = level;
        }
        self
    }

    /// A failure is told by this message.
    #[inline]
    #[must_use]
    pub fn with_message(mut self, message: Option<Shown<'a>>) -> Self {
        if let Some(failure) = &mut self.failure {
            failure.message = message;
        }
        self
    }

    /// What was returned is recorded.
    #[inline]
    #[must_use]
    pub fn returning(mut self, returned: Option<Shown<'a>>) -> Self {
        self.returned = returned;
        self
    }
}

/// A reference to what a function gives.
#[derive(Debug)]
pub struct Output<'a, T>(Other<'a, T>);

/// One that is no `Result`.
#[derive(Debug)]
pub struct Other<'a, T>(&'a T);

/// Looks at what a function gives.
#[inline]
pub const fn output<T>(given: &T) -> Output<'_, T> {
    Output(Other(given))
}

impl<'a, T> Deref for Output<'a, T> {
    type Target = Other<'a, T>;

    #[inline]
    fn deref(&self) -> &Other<'a, T> {
        &self.0
    }
}

impl<'a, T, E> Output<'a, Result<T, E>> {
    /// An `Err` fails, by its type.
    #[inline]
    #[must_use]
    pub fn outcome(&self) -> Outcome<'a> {
        match self.0.0 {
            Ok(_) => Outcome::success(),
            Err(_) => Outcome::of_type(Some(std::any::type_name::<E>())),
        }
    }

    /// The type of an `Err`.
    #[inline]
    #[must_use]
    pub fn error_type(&self) -> Option<&'static str> {
        self.0.0.is_err().then(std::any::type_name::<E>)
    }

    /// The error.
    #[inline]
    #[must_use]
    pub fn failure(&self) -> Failure<'a, E> {
        Failure(ByReference(ByThreadSafeReference(ByDisplay(ByDebug(ByType(self.0.0.as_ref().err()))))))
    }

    /// The value of an `Ok`.
    #[inline]
    #[must_use]
    pub fn returned(&self) -> Returned<'a, T> {
        Returned(ReturnedByDebug(ReturnedByDisplay(NotShown(self.0.0.as_ref().ok()))))
    }
}

impl<'a, T> Other<'a, T> {
    /// What is not a `Result` does not fail.
    #[inline]
    #[must_use]
    pub const fn outcome(&self) -> Outcome<'a> {
        Outcome::success()
    }

    /// None.
    #[inline]
    #[must_use]
    pub const fn error_type(&self) -> Option<&'static str> {
        None
    }

    /// There is no error.
    #[inline]
    #[must_use]
    pub const fn failure(&self) -> NoFailure {
        NoFailure
    }

    /// The value.
    #[inline]
    #[must_use]
    pub const fn returned(&self) -> Returned<'a, T> {
        Returned(ReturnedByDebug(ReturnedByDisplay(NotShown(Some(self.0)))))
    }
}

/// Declares types each of which derefs to the next.
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
    /// An error, of which as much is told as its type allows.
    Failure => ByReference,
    /// One that is no `Error`, and may give a reference to one: `Box<dyn Error>`, `anyhow::Error`.
    ByReference => ByThreadSafeReference,
    /// One that may give a reference to one that threads can share.
    ByThreadSafeReference => ByDisplay,
    /// One that may only have a text.
    ByDisplay => ByDebug,
    /// One that may only have a `Debug` form.
    ByDebug => ByType,
    /// A value, shown as well as its type allows.
    Returned => ReturnedByDebug,
    /// One that is no attribute's type.
    ReturnedByDebug => ReturnedByDisplay,
    /// One without a `Debug` form.
    ReturnedByDisplay => NotShown,
}

/// An error of which only the type can be told.
#[derive(Debug)]
pub struct ByType<'a, E>(Option<&'a E>);

/// A value that cannot be shown.
#[derive(Debug)]
pub struct NotShown<'a, T>(Option<&'a T>);

impl<'a, E: Error> Failure<'a, E> {
    /// Its text, and its sources.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Display(error), error.source()))
    }
}

impl<'a, E: Display + AsRef<dyn Error + 'static>> ByReference<'a, E> {
    /// Its text, and its sources.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Display(error), error.as_ref().source()))
    }
}

impl<'a, E: Display + AsRef<dyn Error + Send + Sync + 'static>> ByThreadSafeReference<'a, E> {
    /// Its text, and its sources.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Display(error), error.as_ref().source()))
    }
}

impl<'a, E: Display> ByDisplay<'a, E> {
    /// Its text.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        Outcome::of(self.error(), |error| (Shown::Display(error), None))
    }
}

impl<'a, E: Debug> ByDebug<'a, E> {
    /// Its `Debug` form.
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

    /// Its type alone.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Outcome<'a> {
        self.error().map_or(Outcome::success(), |_| {
            Outcome::failed(Exception { has_event: true, ..Exception::of_type::<E>() })
        })
    }

    /// `err(Debug)`: its message, in place of the one that is told.
    #[inline]
    #[must_use]
    pub fn debugged(&self) -> Option<Shown<'a>>
    where
        E: Debug,
    {
        Some(Shown::Debug(self.error()?))
    }

    /// `err(Display)`
    #[inline]
    #[must_use]
    pub fn displayed(&self) -> Option<Shown<'a>>
    where
        E: Display,
    {
        Some(Shown::Display(self.error()?))
    }

    /// `err(if = ..)`
    #[inline]
    #[must_use]
    pub fn only_if(&self, is_failure: impl FnOnce(&E) -> bool) -> bool {
        self.error().is_some_and(is_failure)
    }
}

/// What `err` finds where the function gives no `Result`.
#[derive(Debug)]
pub struct NoFailure;

#[allow(clippy::unused_self, reason = "each stands in for a method of `Failure`")]
impl NoFailure {
    /// Success.
    #[inline]
    #[must_use]
    pub const fn told(&self) -> Outcome<'static> {
        Outcome::success()
    }

    /// There is none.
    #[inline]
    #[must_use]
    pub const fn debugged(&self) -> Option<Shown<'static>> {
        None
    }

    /// There is none.
    #[inline]
    #[must_use]
    pub const fn displayed(&self) -> Option<Shown<'static>> {
        None
    }

    /// Never; the closure's argument could be of any type.
    #[inline]
    #[must_use]
    pub fn only_if(&self, _is_failure: impl FnOnce(&NoError) -> bool) -> bool {
        false
    }
}

/// The error of a function that gives no `Result`.
#[derive(Debug)]
pub enum NoError {}

impl<'a, T: AttributeValue> Returned<'a, T> {
    /// As it is.
    #[inline]
    #[must_use]
    pub fn shown(&self) -> Option<Shown<'a>> {
        Some(Shown::Typed(self.value()?))
    }
}

impl<'a, T: Debug> ReturnedByDebug<'a, T> {
    /// By `Debug`.
    #[inline]
    #[must_use]
    pub fn shown(&self) -> Option<Shown<'a>> {
        Some(Shown::Debug(self.value()?))
    }
}

impl<'a, T: Display> ReturnedByDisplay<'a, T> {
    /// By `Display`.
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

    /// Not at all.
    #[inline]
    #[must_use]
    pub const fn shown(&self) -> Option<Shown<'a>> {
        None
    }

    /// `ret(Debug)`
    #[inline]
    #[must_use]
    pub fn debugged(&self) -> Option<Shown<'a>>
    where
        T: Debug,
    {
        Some(Shown::Debug(self.value()?))
    }

    /// `ret(Display)`
    #[inline]
    #[must_use]
    pub fn displayed(&self) -> Option<Shown<'a>>
    where
        T: Display,
    {
        Some(Shown::Display(self.value()?))
    }
}
