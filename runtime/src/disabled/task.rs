//! Tasks, threads, channels and messages with recording off: a spawn spawns, and nothing is carried.

use std::future::Future;

#[cfg(feature = "tokio")]
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use crate::carrier::{Carrier, CarrierMut};
use crate::propagator::Propagator;

/// Where something comes from; with recording off, nothing.
#[derive(Clone, Debug, Default)]
pub struct Origin(());

impl Origin {
    /// What is current here; with recording off, nothing.
    #[must_use]
    pub fn current() -> Self {
        Self(())
    }

    /// What the headers of a message say; with recording off, nothing.
    #[must_use]
    pub fn extract(_headers: &impl Carrier) -> Self {
        Self(())
    }

    /// The same by these formats; with recording off, nothing.
    #[must_use]
    pub fn extract_by(_headers: &impl Carrier, _propagators: impl IntoIterator<Item = Propagator>) -> Self {
        Self(())
    }

    /// Writes it into the headers of a message; with recording off, leaves them as they are.
    pub fn inject(&self, _headers: &mut impl CarrierMut) {}

    /// The same by these formats; with recording off, leaves them as they are.
    pub fn inject_by(
        &self,
        _headers: &mut impl CarrierMut,
        _propagators: impl IntoIterator<Item = Propagator>,
    ) {
    }

    /// The same without its span; with recording off, nothing.
    #[must_use]
    pub fn linked(&self) -> Self {
        Self(())
    }

    /// Runs `work`.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// A value and where it comes from; with recording off, the value.
#[derive(Clone, Debug)]
pub struct Envelope<T>(T, Origin);

impl<T> Envelope<T> {
    /// The value.
    pub fn new(value: T) -> Self {
        Self(value, Origin(()))
    }

    /// The value, coming from there.
    pub const fn from_origin(value: T, origin: Origin) -> Self {
        Self(value, origin)
    }

    /// The value.
    pub const fn value(&self) -> &T {
        &self.0
    }

    /// Where it comes from; with recording off, nothing.
    pub const fn origin(&self) -> &Origin {
        &self.1
    }

    /// The same.
    #[must_use]
    pub fn linked(self) -> Self {
        self
    }

    /// Hands the value to `work`.
    pub fn open<R>(self, work: impl FnOnce(T) -> R) -> R {
        work(self.0)
    }

    /// Another value that comes from the same place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Envelope<U> {
        Envelope(change(self.0), self.1)
    }

    /// The value, and where it comes from.
    pub fn into_parts(self) -> (T, Origin) {
        (self.0, self.1)
    }
}

/// Writes what is current into the headers of a message; with recording off, leaves them as they are.
pub fn inject(_headers: &mut impl CarrierMut) {}

/// What the headers of a message say of where it comes from; with recording off, nothing.
#[must_use]
pub fn extract(headers: &impl Carrier) -> Origin {
    Origin::extract(headers)
}

/// Carries a context through a future; with recording off, hands the future back.
pub trait FutureExt: Future + Sized {
    /// The future, as it is.
    fn with_current_context(self) -> Self {
        self
    }

    /// The future, as it is.
    fn with_origin(self, _origin: Origin) -> Self {
        self
    }
}

impl<F: Future> FutureExt for F {}

/// A stream, a sink, an iterator or a future, as it is.
pub fn with_current_context<T>(inner: T) -> T {
    inner
}

/// A closure, as it is.
pub fn carry<F: FnOnce() -> T, T>(work: F) -> impl FnOnce() -> T + use<F, T> {
    work
}

/// A closure of one argument, as it is.
pub fn carry_each<F: Fn(A) -> T, A, T>(work: F) -> impl Fn(A) -> T + use<F, A, T> {
    work
}

/// [`std::thread::spawn`].
///
/// # Panics
///
/// As `std::thread::spawn` does: where the system gives no thread.
pub fn spawn_thread<F, T>(work: F) -> std::thread::JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    std::thread::spawn(work)
}

/// [`tokio::spawn`].
///
/// # Panics
///
/// As `tokio::spawn` does: outside of a Tokio runtime.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future)
}

/// [`tokio::spawn`].
///
/// # Panics
///
/// As `tokio::spawn` does: outside of a Tokio runtime.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn spawn_linked<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future)
}

/// [`tokio::task::spawn_blocking`].
///
/// # Panics
///
/// As `spawn_blocking` does: outside of a Tokio runtime.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn spawn_blocking<F, T>(work: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(work)
}

/// [`tokio::task::spawn_local`].
///
/// # Panics
///
/// As `spawn_local` does: outside of a `LocalSet`, and of a runtime that is one.
#[cfg(feature = "tokio")]
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    tokio::task::spawn_local(future)
}

/// Spawns into a [`JoinSet`].
#[cfg(feature = "tokio")]
pub trait JoinSetExt<T> {
    /// [`JoinSet::spawn`].
    ///
    /// # Panics
    ///
    /// As `spawn` does: outside of a Tokio runtime.
    #[track_caller]
    fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// [`JoinSet::spawn_local`].
    ///
    /// # Panics
    ///
    /// As `spawn_local` does: outside of a `LocalSet`.
    #[track_caller]
    fn spawn_local_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static;

    /// [`JoinSet::spawn_blocking`].
    ///
    /// # Panics
    ///
    /// As `spawn_blocking` does: outside of a Tokio runtime.
    #[track_caller]
    fn spawn_blocking_in_context<F>(&mut self, work: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send;
}

#[cfg(feature = "tokio")]
impl<T: 'static> JoinSetExt<T> for JoinSet<T> {
    fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.spawn(future)
    }

    fn spawn_local_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.spawn_local(future)
    }

    fn spawn_blocking_in_context<F>(&mut self, work: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.spawn_blocking(work)
    }
}
