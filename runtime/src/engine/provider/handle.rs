//! The public handle that chooses where spans go, and its value in a context.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::Context;
use opentelemetry::global::ObjectSafeTracerProvider;
use opentelemetry::trace::{Span, Tracer, TracerProvider};

#[cfg(feature = "testing")]
use crate::engine::recorder::recorder::Recorder;

/// A handle that chooses where spans go. The default is the process's own pipeline.
///
/// [`Client`](crate::Client) and [`ServerLayer`](crate::ServerLayer) accept one. [`Provider::in_context`] puts one into a
/// context: annotated functions that run under that context record there. Cheap to clone.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let provider = SdkTracerProvider::builder().build();
/// let destination = spanwise::Provider::new(provider);
/// let _attached = destination.in_context(&opentelemetry::Context::current()).attach();
/// // Functions called here record into `provider`.
/// ```
#[derive(Clone, Debug, Default)]
pub struct Provider {
    target: Option<Arc<CarriedTarget>>,
}

/// Where the spans under a context go, if the context carries one of these.
pub(in crate::engine) struct CarriedTarget {
    pub(in crate::engine) kind: TargetKind,
}

pub(in crate::engine) enum TargetKind {
    #[cfg(feature = "testing")]
    Recorder(Arc<Recorder>),
    Provider(Box<dyn ObjectSafeTracerProvider + Send + Sync>),
}

impl fmt::Debug for CarriedTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            #[cfg(feature = "testing")]
            TargetKind::Recorder(_) => "Recorder",
            TargetKind::Provider(_) => "Provider",
        })
    }
}

/// How many targets exist. Contexts are searched for one only while this is not 0.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

impl CarriedTarget {
    fn new(kind: TargetKind) -> Arc<Self> {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { kind })
    }
}

impl Drop for CarriedTarget {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Provider {
    /// Spans go where [`init`](crate::init) sends them, or else to the provider that the application has set globally.
    #[must_use]
    pub fn global() -> Self {
        Self::default()
    }

    /// Spans go to this provider.
    #[must_use]
    pub fn new<P, T, S>(provider: P) -> Self
    where
        P: TracerProvider<Tracer = T> + Send + Sync + 'static,
        T: Tracer<Span = S> + Send + Sync + 'static,
        S: Span + Send + Sync + 'static,
    {
        Self { target: Some(CarriedTarget::new(TargetKind::Provider(Box::new(provider)))) }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn from_recorder(recorder: Arc<Recorder>) -> Self {
        Self { target: Some(CarriedTarget::new(TargetKind::Recorder(recorder))) }
    }

    /// Returns the context with this handle in it: everything that runs under it records here.
    ///
    /// The global handle returns the context unchanged.
    #[must_use]
    pub fn in_context(&self, context: &Context) -> Context {
        match &self.target {
            Some(target) => context.with_value(Arc::clone(target)),
            None => context.clone(),
        }
    }
}

/// Whether some context may carry a target.
#[inline]
pub(in crate::engine) fn is_any_carried() -> bool {
    ALIVE.load(Ordering::Relaxed) != 0
}

/// The target that a context carries, if any.
#[inline]
pub(in crate::engine) fn carried_target(context: &Context) -> Option<&Arc<CarriedTarget>> {
    if !is_any_carried() {
        return None;
    }
    context.get::<Arc<CarriedTarget>>()
}

/// `given`, with the target of `current` if it has none of its own, and suppressed if `current` is.
pub(crate) fn inherit_target(current: &Context, given: Context) -> Context {
    let given = match (carried_target(current), carried_target(&given)) {
        (Some(target), None) => given.with_value(Arc::clone(target)),
        _ => given,
    };
    if current.is_telemetry_suppressed() { given.with_telemetry_suppressed() } else { given }
}
