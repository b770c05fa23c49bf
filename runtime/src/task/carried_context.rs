//! Where something comes from: what is current in one place, to be current in another.

use crate::api::Context;
use crate::api::propagation::TextMapPropagator as _;
use crate::api::trace::Link;

use crate::carrier::{Carrier, CarrierMut};
use crate::engine::context::current::{self, Attached};
use crate::propagation::{CarrierExtractor, CarrierInjection, Propagator, Propagators, with_propagator};
use crate::span::{Links, Parent, lost_context, pending_link, without_span};

/// Where something comes from: the span, and the baggage, that were current there.
///
/// It is what is carried from one task, thread or service to another, in whatever way: [`spawn`](crate::spawn),
/// [`carry`](crate::carry) and [`Envelope`](crate::Envelope) carry one without being asked. What comes out at the other end is
/// a *child* of the span that was current, or a trace of its own that is [linked](Self::linked) to it, by choice. The span
/// itself ends when its function does, however many of these there are.
///
/// ```
/// use spanwise::{Origin, instrument};
///
/// #[instrument]
/// fn price(item: &str) {}
///
/// #[instrument]
/// fn prices(items: &[&str]) {
///     let here = Origin::current();
///     std::thread::scope(|scope| {
///         for item in items {
///             scope.spawn(|| here.run(|| price(item))); // hangs on `prices`
///         }
///     });
/// }
/// # prices(&["tea"]);
/// ```
///
/// It is a `parent` and `links` of [`#[instrument]`](macro@crate::instrument) and of [`span!`](crate::span), too; a `Vec` of
/// them links a batch to all that is in it. Cheap to clone. [The forms](crate::tasks), one by one.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    context: Context,
}

impl Origin {
    pub(super) fn of(context: Context) -> Self {
        Self { context: lost_context::mark_carried(context) }
    }

    /// Makes it current until the guard is dropped.
    pub(super) fn attach(&self) -> Option<Attached> {
        current::attach(self.context.clone())
    }

    /// What is current here. Nothing, in a thread that is being torn down.
    #[must_use]
    pub fn current() -> Self {
        Self::of(current::get().unwrap_or_default())
    }

    /// What the headers of a message say, by the process's propagator: those of `OTEL_PROPAGATORS`, unless something else was
    /// set. Nothing, where they say nothing; headers that break their format are told once, as everywhere.
    #[must_use]
    pub fn extract(headers: &impl Carrier) -> Self {
        let base = without_span(&current::get().unwrap_or_default());
        let fields = CarrierExtractor::of(headers);
        Self::of(with_propagator(|propagator| propagator.extract_with_context(&base, &fields)))
    }

    /// The same by these formats, of which a later one comes before an earlier.
    #[must_use]
    pub fn extract_by(headers: &impl Carrier, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        let base = without_span(&current::get().unwrap_or_default());
        let propagators: Propagators = propagators.into_iter().collect();
        Self::of(propagators.extract_with_context(&base, &CarrierExtractor::of(headers)))
    }

    /// Writes it into the headers of a message, by the process's propagator. What is there already and says the same, in
    /// whatever format, is replaced.
    pub fn inject(&self, headers: &mut impl CarrierMut) {
        if let Some(injection) = with_propagator(|propagator| CarrierInjection::of(propagator, &self.context))
        {
            injection.apply(headers);
        }
    }

    /// The same by these formats.
    pub fn inject_by(
        &self,
        headers: &mut impl CarrierMut,
        propagators: impl IntoIterator<Item = Propagator>,
    ) {
        let propagators: Propagators = propagators.into_iter().collect();
        if let Some(injection) = CarrierInjection::of(&propagators, &self.context) {
            injection.apply(headers);
        }
    }

    /// The same without its span: a span that starts under it begins a trace of its own, and is linked to that span.
    ///
    /// So is each further one that starts under it beside the first. Baggage stays. Spans that are made through the plain
    /// API of OpenTelemetry are roots, and not linked. [Links](https://opentelemetry.io/docs/specs/otel/overview/#links-between-spans)
    /// in the specification.
    #[must_use]
    pub fn linked(&self) -> Self {
        Self { context: pending_link::with_pending_link(&self.context) }
    }

    /// Runs `work` with this as what is current. With any arguments, and as often as need be: in a closure of yours.
    pub fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        let _attached = self.attach();
        work()
    }

    /// The context of OpenTelemetry's that holds it.
    #[cfg(feature = "record")]
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }
}

#[cfg(feature = "record")]
impl From<Context> for Origin {
    fn from(context: Context) -> Self {
        Self::of(context)
    }
}

#[cfg(feature = "record")]
impl From<Origin> for Context {
    fn from(origin: Origin) -> Self {
        origin.context
    }
}

impl Parent for Origin {
    fn context(&self, _current: &Context) -> Option<Context> {
        Some(self.context.clone())
    }
}

impl Links for Origin {
    fn add_to(&self, links: &mut Vec<Link>) {
        links.extend(pending_link::span_or_pending_link(&self.context).map(Link::with_context));
    }
}
