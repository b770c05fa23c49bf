//! A value that is never recorded.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// A value that is never recorded and never printed.
///
/// It makes no attribute, and its `Debug` and `Display` forms are `[redacted]`, also within the `Debug` form of other types. It
/// derefs to the value.
///
/// ```
/// use spanwise::{Redacted, instrument};
///
/// #[derive(Debug)]
/// struct Login {
///     name: String,
///     pin: Redacted<String>,
/// }
///
/// #[instrument(args)]
/// fn log_in(login: &Login) -> usize {
///     login.pin.len()
/// }
///
/// let login = Login { name: "ada".into(), pin: "1234".to_owned().into() };
/// assert_eq!(log_in(&login), 4);
/// assert_eq!(format!("{login:?}"), r#"Login { name: "ada", pin: [redacted] }"#);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Redacted<T>(pub T);

impl<T> Redacted<T> {
    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Redacted<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Redacted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Redacted<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
