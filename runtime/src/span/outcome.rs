//! How a function ended, read from what it gives.

use std::fmt::Display;

use super::event::Exception;

/// What is to be said of the end of a span.
#[derive(Debug)]
pub struct Outcome<'a>(Option<Exception<'a>>);

impl<'a> Outcome<'a> {
    /// Nothing to say: the status stays unset.
    #[inline]
    #[must_use]
    pub const fn success() -> Self {
        Self(None)
    }

    pub(crate) const fn failed(exception: Exception<'a>) -> Self {
        Self(Some(exception))
    }

    pub(crate) fn failure(self) -> Option<Exception<'a>> {
        self.0
    }
}

/// A reference to what a function gives. That it is a `Result` is found by type: the methods of
/// `Output<Result<T, E>>` come before those of [`AnyOutput`], which every type has.
#[derive(Debug)]
pub struct Output<'a, T>(pub &'a T);

impl<'a, T, E> Output<'a, Result<T, E>> {
    /// An `Err` fails, by its type.
    #[inline]
    #[must_use]
    pub fn outcome(&self) -> Outcome<'a> {
        match self.0 {
            Ok(_) => Outcome::success(),
            Err(_) => failed::<E>(None),
        }
    }

    /// Asks for the error's text as well.
    #[inline]
    #[must_use]
    pub fn told(&self) -> Told<'a, T, E> {
        Told(self.0)
    }
}

/// A result whose error is told by its text.
#[derive(Debug)]
pub struct Told<'a, T, E>(&'a Result<T, E>);

impl<'a, T, E: Display> Told<'a, T, E> {
    /// An `Err` fails, by its type and text.
    #[inline]
    #[must_use]
    pub fn outcome_with_message(&self) -> Outcome<'a> {
        match self.0 {
            Ok(_) => Outcome::success(),
            Err(error) => failed::<E>(Some(error)),
        }
    }
}

/// An error without a text comes last, one reference further away; all it gives is a message.
pub trait NoText {
    /// The error's type.
    type Error;

    /// Does not compile.
    fn outcome_with_message(&self) -> Outcome<'static>
    where
        Self::Error: Text;
}

impl<T, E> NoText for &Told<'_, T, E> {
    type Error = E;

    fn outcome_with_message(&self) -> Outcome<'static>
    where
        E: Text,
    {
        Outcome::success()
    }
}

/// Nothing has it.
#[diagnostic::on_unimplemented(
    message = "`err` records an error's text, and `{Self}` has none",
    label = "implement `std::fmt::Display` for `{Self}`, or leave `err` out: a failure is recorded without it too, by \
             its type"
)]
pub trait Text {}

fn failed<'a, E>(message: Option<&'a dyn Display>) -> Outcome<'a> {
    Outcome::failed(Exception { kind: std::any::type_name::<E>().into(), message })
}

/// What is not a `Result` does not fail.
pub trait AnyOutput: Sized {
    /// Success.
    #[inline]
    #[must_use]
    fn outcome(&self) -> Outcome<'static> {
        Outcome::success()
    }

    /// There is no error whose text could be told.
    #[inline]
    #[must_use]
    fn told(&self) -> NothingToTell {
        NothingToTell
    }
}

impl<T> AnyOutput for Output<'_, T> {}

/// What `err` finds where the function gives no `Result`.
#[derive(Debug)]
pub struct NothingToTell;

impl NothingToTell {
    /// Success.
    #[inline]
    #[must_use]
    pub fn outcome_with_message(&self) -> Outcome<'static> {
        Outcome::success()
    }
}
