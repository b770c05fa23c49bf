//! How a function ended, as its span records it.

use std::error::Error;

use super::failure::exception::Exception;
use crate::level::Level;
use crate::value::Shown;

/// What a span records when it ends.
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    pub(super) failure: Option<Exception<'a>>,
    pub(super) returned: Option<Shown<'a>>,
}

impl<'a> Outcome<'a> {
    /// Nothing to record: the status stays unset.
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

    /// A failure with this error type; success for `None`.
    #[inline(never)]
    pub(super) fn of_type(error: Option<&'static str>) -> Self {
        error.map_or(Self::success(), |kind| Self::failed(Exception::new(kind.into())))
    }

    /// A failure with the error's type, and the message and the source that `describe` returns; success for `None`.
    #[inline]
    pub(super) fn of<E>(
        error: Option<&'a E>,
        describe: impl FnOnce(&'a E) -> (Shown<'a>, Option<&'a (dyn Error + 'static)>),
    ) -> Self {
        let Some(error) = error else { return Self::success() };
        let (message, source) = describe(error);
        Self::failed(Exception {
            has_event: true,
            message: Some(message),
            source,
            ..Exception::of_type::<E>()
        })
    }

    /// Sets the level of a failure.
    #[inline]
    #[must_use]
    pub fn at(mut self, level: Level) -> Self {
        if let Some(failure) = &mut self.failure {
            failure.level = level;
        }
        self
    }

    /// Sets the message of a failure.
    #[inline]
    #[must_use]
    pub fn with_message(mut self, message: Option<Shown<'a>>) -> Self {
        if let Some(failure) = &mut self.failure {
            failure.message = message;
        }
        self
    }

    /// Sets the return value to record.
    #[inline]
    #[must_use]
    pub fn returning(mut self, returned: Option<Shown<'a>>) -> Self {
        self.returned = returned;
        self
    }
}
