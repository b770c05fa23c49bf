//! The context that is carried from one place to another.

use crate::api::Context;
use crate::api::propagation::TextMapPropagator as _;
use crate::api::trace::Link;
use crate::carrier::{Carrier, CarrierMut};
use crate::engine::context::current::{self, Attached};
use crate::propagation::{CarrierExtractor, CarrierInjection, Propagator, Propagators, with_propagator};
use crate::span::{Links, Parent, lost_context, pending_link, without_span};

/// A context, with its span and its baggage, that is carried from one task, thread or service to another.
///
/// [`spawn`](crate::spawn), [`carry`](crate::task::carry) and [`Envelope`](crate::task::Envelope) carry one by themselves. A span that starts in
/// it is a *child* of the span that was current, or the root of a new trace that is [linked](Self::linked) to it. The span that was
/// current still ends when its function returns.
///
/// ```
/// use spanwise::task::CarriedContext;
/// use spanwise::instrument;
///
/// #[instrument]
/// fn price(item: &str) {}
///
/// #[instrument]
/// fn prices(items: &[&str]) {
///     let here = CarriedContext::current();
///     std::thread::scope(|scope| {
///         for item in items {
///             scope.spawn(|| here.run(|| price(item))); // a child of `prices`
///         }
///     });
/// }
/// # prices(&["tea"]);
/// ```
///
/// It can be the `parent` and the `links` of [`#[instrument]`](macro@crate::instrument) and of [`span!`](crate::span); a `Vec` of
/// them links a batch to each message in it. It is cheap to clone. [All ways to carry a context](crate::docs::tasks).
#[derive(Clone, Debug, Default)]
pub struct CarriedContext {
    context: Context,
}

impl CarriedContext {
    pub(super) fn of(context: Context) -> Self {
        Self { context: lost_context::mark_carried(context) }
    }

    /// Makes the context current until the guard is dropped.
    pub(super) fn attach(&self) -> Option<Attached> {
        current::attach(self.context.clone())
    }

    /// Returns the current context. It is empty in a thread that is being torn down.
    #[must_use]
    pub fn current() -> Self {
        Self::of(current::get().unwrap_or_default())
    }

    /// Reads the context from the headers of a message, by the propagator of the process: that of `OTEL_PROPAGATORS`, unless another was
    /// set. It is empty if the headers contain none. Malformed headers are ignored, with one warning for each name of a header.
    #[must_use]
    pub fn extract(headers: &impl Carrier) -> Self {
        let base = without_span(&current::get().unwrap_or_default());
        let fields = CarrierExtractor::of(headers);
        Self::of(with_propagator(|propagator| propagator.extract_with_context(&base, &fields)))
    }

    /// [`extract`](Self::extract) by these formats. If several are there, the last one in the list wins.
    #[must_use]
    pub fn extract_with(headers: &impl Carrier, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        let base = without_span(&current::get().unwrap_or_default());
        let propagators: Propagators = propagators.into_iter().collect();
        Self::of(propagators.extract_with_context(&base, &CarrierExtractor::of(headers)))
    }

    /// Writes the context into the headers of a message, by the propagator of the process. It replaces headers of any format that already
    /// carry a context.
    pub fn inject(&self, headers: &mut impl CarrierMut) {
        if let Some(injection) = with_propagator(|propagator| CarrierInjection::of(propagator, &self.context))
        {
            injection.apply(headers);
        }
    }

    /// [`inject`](Self::inject) by these formats.
    pub fn inject_with(
        &self,
        headers: &mut impl CarrierMut,
        propagators: impl IntoIterator<Item = Propagator>,
    ) {
        let propagators: Propagators = propagators.into_iter().collect();
        if let Some(injection) = CarrierInjection::of(&propagators, &self.context) {
            injection.apply(headers);
        }
    }

    /// Returns the context with a link in place of its span: each span that starts in it is the root of a new trace, and linked to that
    /// span.
    ///
    /// Baggage stays. Spans that are made through the OpenTelemetry API are roots without a link.
    /// [Links](https://opentelemetry.io/docs/specs/otel/overview/#links-between-spans) in the specification.
    #[must_use]
    pub fn linked(&self) -> Self {
        Self { context: pending_link::with_pending_link(&self.context) }
    }

    /// Runs `work` in this context. It can be called any number of times.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _attached = self.attach();
        work()
    }

    /// Returns the OpenTelemetry context.
    #[cfg(feature = "record")]
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }
}

#[cfg(feature = "record")]
impl From<Context> for CarriedContext {
    fn from(context: Context) -> Self {
        Self::of(context)
    }
}

#[cfg(feature = "record")]
impl From<CarriedContext> for Context {
    fn from(carried: CarriedContext) -> Self {
        carried.context
    }
}

impl Parent for CarriedContext {
    fn context(&self, _current: &Context) -> Option<Context> {
        Some(self.context.clone())
    }
}

impl Links for CarriedContext {
    fn add_to(&self, links: &mut Vec<Link>) {
        links.extend(pending_link::span_or_pending_link(&self.context).map(Link::with_context));
    }
}
