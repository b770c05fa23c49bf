//! Values that are sent to another task or thread together with the context.

use super::carried_context::CarriedContext;

/// A value and the context that it was sent in, for channels.
///
/// It works with every channel: those of `std`, Tokio and crossbeam; for a `broadcast` channel the value must implement `Clone`. The sender creates
/// it in its span. For each value, the receiver chooses whether its own spans are children of that span, or start a new trace
/// that is linked to it.
///
/// ```
/// use spanwise::task::{Envelope, CarriedContext};
/// use spanwise::{FutureExt as _, instrument};
///
/// #[instrument]
/// async fn handle(job: u32) {}
///
/// #[instrument(links = origins)] // one span, linked to each sender
/// async fn handle_all(jobs: Vec<u32>, origins: Vec<CarriedContext>) {}
///
/// # async fn example() -> Result<(), tokio::sync::mpsc::error::SendError<Envelope<u32>>> {
/// let (sender, mut receiver) = tokio::sync::mpsc::channel(16);
/// sender.send(Envelope::new(7)).await?;
///
/// while let Some(envelope) = receiver.recv().await {
///     let (job, origin) = envelope.into_parts();
///     handle(job).with_carried_context(origin.clone()).await; // a child of the sender's span
///     handle(job).with_carried_context(origin.linked()).await; // a new trace, linked to it
///     handle_all(vec![job], vec![origin]).await;
/// }
/// # Ok(())
/// # }
/// ```
///
/// In synchronous code, [`Envelope::open`] does it.
#[derive(Clone, Debug)]
pub struct Envelope<T> {
    value: T,
    origin: CarriedContext,
}

impl<T> Envelope<T> {
    /// Wraps a value together with the current context.
    pub fn new(value: T) -> Self {
        Self::from_parts(value, CarriedContext::current())
    }

    /// Wraps a value together with a context.
    pub const fn from_parts(value: T, origin: CarriedContext) -> Self {
        Self { value, origin }
    }

    /// Returns the value.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Returns the context.
    pub const fn origin(&self) -> &CarriedContext {
        &self.origin
    }

    /// Starts a new trace, linked to the sender's span, in place of children of that span. See [`CarriedContext::linked`].
    #[must_use]
    pub fn linked(self) -> Self {
        Self { origin: self.origin.linked(), ..self }
    }

    /// Calls `work` with the value, in the sender's context.
    ///
    /// ```
    /// # fn handle(job: u32) {}
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// # sender.send(spanwise::task::Envelope::new(7)).expect("it is received"); drop(sender);
    /// for envelope in receiver {
    ///     envelope.linked().open(handle);
    /// }
    /// ```
    pub fn open<R>(self, work: impl FnOnce(T) -> R) -> R {
        let Self { value, origin } = self;
        origin.run(|| work(value))
    }

    /// Changes the value, and keeps the context.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Envelope<U> {
        Envelope { value: change(self.value), origin: self.origin }
    }

    /// Returns the value and the context.
    pub fn into_parts(self) -> (T, CarriedContext) {
        (self.value, self.origin)
    }
}
