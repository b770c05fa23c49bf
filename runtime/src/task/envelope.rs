//! Values that are sent to another task or thread with where they come from.

use super::Origin;

/// A value and where it comes from: what is sent through a channel.
///
/// Of whichever kind: `std`'s, Tokio's, crossbeam's; through a `broadcast` a value that can be cloned. The sender makes one
/// under its span. The receiver chooses, for each: what it does with the value hangs on that span, or is a trace of its own
/// that is linked to it.
///
/// ```
/// use spanwise::{Envelope, FutureExt as _, Origin, instrument};
///
/// #[instrument]
/// async fn handle(job: u32) {}
///
/// #[instrument(links = origins)] // one span for all of them
/// async fn handle_all(jobs: Vec<u32>, origins: Vec<Origin>) {}
///
/// # async fn example() -> Result<(), tokio::sync::mpsc::error::SendError<Envelope<u32>>> {
/// let (sender, mut receiver) = tokio::sync::mpsc::channel(16);
/// sender.send(Envelope::new(7)).await?;
///
/// while let Some(envelope) = receiver.recv().await {
///     let (job, origin) = envelope.into_parts();
///     handle(job).with_origin(origin.clone()).await; // a child of the sender's span
///     handle(job).with_origin(origin.linked()).await; // a trace of its own, linked to it
///     handle_all(vec![job], vec![origin]).await;
/// }
/// # Ok(())
/// # }
/// ```
///
/// Without `async`, [`Envelope::open`] is enough.
#[derive(Clone, Debug)]
pub struct Envelope<T> {
    value: T,
    origin: Origin,
}

impl<T> Envelope<T> {
    /// The value, coming from what is current here.
    pub fn new(value: T) -> Self {
        Self::from_origin(value, Origin::current())
    }

    /// The value, coming from there.
    pub const fn from_origin(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// The value.
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Where it comes from.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What is recorded of it begins a trace of its own, that is linked to the sender's span. See [`Origin::linked`].
    #[must_use]
    pub fn linked(self) -> Self {
        Self { origin: self.origin.linked(), ..self }
    }

    /// Hands the value to `work`, which runs under the sender's span.
    ///
    /// ```
    /// # fn handle(job: u32) {}
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// # sender.send(spanwise::Envelope::new(7)).expect("it is received"); drop(sender);
    /// for envelope in receiver {
    ///     envelope.linked().open(handle);
    /// }
    /// ```
    pub fn open<R>(self, work: impl FnOnce(T) -> R) -> R {
        let Self { value, origin } = self;
        origin.run(|| work(value))
    }

    /// Another value that comes from the same place.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Envelope<U> {
        Envelope { value: change(self.value), origin: self.origin }
    }

    /// The value, and where it comes from.
    pub fn into_parts(self) -> (T, Origin) {
        (self.value, self.origin)
    }
}
