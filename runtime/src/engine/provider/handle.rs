//! A handle on where spans go, for those who want another place than the process's.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::global::ObjectSafeTracerProvider;
use opentelemetry::trace::{Span, Tracer, TracerProvider};

#[cfg(feature = "testing")]
use crate::engine::recorder::recorder::Recorder;
use opentelemetry::Context;

/// Where spans go: by default, where the process's go.
///
/// [`Client`](crate::Client) and [`ServerLayer`](crate::ServerLayer) take one, and
/// [`Telemetry::within`] puts one into a context: everything that is annotated and runs under that
/// context records there. Cheap to clone.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let provider = SdkTracerProvider::builder().build();
/// let telemetry = spanwise::Telemetry::from_provider(provider);
/// let _attached = telemetry.within(&opentelemetry::Context::current()).attach();
/// // Functions called here record into `provider`.
/// ```
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    explicit: Option<CarriedTarget>,
}

/// An explicit handle as a context carries it.
pub(in crate::engine) type CarriedTarget = Arc<ExplicitTarget>;

/// A place of its own.
pub(in crate::engine) struct ExplicitTarget {
    pub(in crate::engine) target: TargetKind,
}

pub(in crate::engine) enum TargetKind {
    #[cfg(feature = "testing")]
    Recorder(Arc<Recorder>),
    Provider(Box<dyn ObjectSafeTracerProvider + Send + Sync>),
}

impl fmt::Debug for ExplicitTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.target {
            #[cfg(feature = "testing")]
            TargetKind::Recorder(_) => "Recorder",
            TargetKind::Provider(_) => "Provider",
        })
    }
}

/// How many explicit places there are: contexts are searched for one only while this is not zero.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

impl ExplicitTarget {
    fn new(target: TargetKind) -> CarriedTarget {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { target })
    }
}

impl Drop for ExplicitTarget {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Telemetry {
    /// Where the process's spans go: what [`init`](crate::init) set up, or else the provider that the
    /// application set globally.
    #[must_use]
    pub fn global() -> Self {
        Self::default()
    }

    /// Spans go to this provider.
    #[must_use]
    pub fn from_provider<P, T, S>(provider: P) -> Self
    where
        P: TracerProvider<Tracer = T> + Send + Sync + 'static,
        T: Tracer<Span = S> + Send + Sync + 'static,
        S: Span + Send + Sync + 'static,
    {
        Self { explicit: Some(ExplicitTarget::new(TargetKind::Provider(Box::new(provider)))) }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn from_recorder(recorder: Arc<Recorder>) -> Self {
        Self { explicit: Some(ExplicitTarget::new(TargetKind::Recorder(recorder))) }
    }

    /// The context, with everything that runs under it recording here.
    ///
    /// The global handle leaves a context as it is.
    #[must_use]
    pub fn within(&self, context: &Context) -> Context {
        match &self.explicit {
            Some(explicit) => context.with_value(Arc::clone(explicit)),
            None => context.clone(),
        }
    }
}

/// Whether some context may carry a place of its own.
#[inline]
pub(in crate::engine) fn any_is_carried() -> bool {
    ALIVE.load(Ordering::Relaxed) != 0
}

/// The place that a context carries, if any.
#[inline]
pub(in crate::engine) fn carried(context: &Context) -> Option<&CarriedTarget> {
    if !any_is_carried() {
        return None;
    }
    context.get::<CarriedTarget>()
}

/// `given`, in the place that `current` is in where it names none of its own; and nothing is recorded
/// under it where nothing is under `current`.
pub(crate) fn keep_place(current: &Context, given: Context) -> Context {
    let given = match (carried(current), carried(&given)) {
        (Some(place), None) => given.with_value(Arc::clone(place)),
        _ => given,
    };
    if current.is_telemetry_suppressed() { given.with_telemetry_suppressed() } else { given }
}
