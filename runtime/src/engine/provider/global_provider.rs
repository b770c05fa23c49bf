//! A provider that the application set itself, by `opentelemetry::global`.
//!
//! The API cannot be asked whether there is one. It shows in the spans it makes: without a provider they
//! are none. So a span is started now and then, and if it is none, the next ones are not started.

use std::cell::Cell;
use std::fmt;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use opentelemetry::InstrumentationScope;
use opentelemetry::global::{self, BoxedTracer};

/// The most spans of a thread that are not started without looking again whether a provider is there.
const MOST_PASSED: u32 = 1024;
/// The most spans of a callsite that are started without asking again which provider is there.
const MOST_CACHED: u32 = 1_000;

/// A provider has been seen.
static IS_THERE: AtomicBool = AtomicBool::new(false);
/// How often the application has said that there is another provider.
static GENERATION: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static LOOKS: ProviderProbe = const { ProviderProbe { left: Cell::new(0), pause: Cell::new(1), generation: Cell::new(0) } };
}

/// When a thread looks for a provider again: soon at first, and ever more seldom.
struct ProviderProbe {
    left: Cell<u32>,
    pause: Cell<u32>,
    generation: Cell<u64>,
}

/// Tells Spanwise that the application has set a global provider, or another one.
///
/// Only for applications that set one themselves, by `opentelemetry::global::set_tracer_provider`, and
/// never call [`init`](crate::init). Without this call it is noticed as well, a little later: while there
/// is no provider, each thread looks for one before its first span, and then after 1, 2, 4 and so on up to 1024
/// spans that it passed by; and an annotated function keeps to the provider that it found for up to 1000 spans. Of a meter
/// provider that is set after the first request (feature `metrics`) nothing is noticed without this call.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let provider = SdkTracerProvider::builder().build();
/// opentelemetry::global::set_tracer_provider(provider);
/// spanwise::refresh_provider();
/// ```
pub fn refresh_provider() {
    GENERATION.fetch_add(1, Ordering::Release);
}

/// How often that was said, `init` included.
#[cfg(all(feature = "metrics", any(feature = "client", feature = "server")))]
pub(crate) fn provider_generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Whether a span is worth trying.
#[inline]
pub(in crate::engine) fn may_be_there() -> bool {
    IS_THERE.load(Ordering::Relaxed)
        || LOOKS.with(|looks| {
            let left = looks.left.get();
            if left > 0 && looks.generation.get() == GENERATION.load(Ordering::Relaxed) {
                looks.left.set(left - 1);
                return false;
            }
            looks.look_again()
        })
}

impl ProviderProbe {
    #[cold]
    fn look_again(&self) -> bool {
        let generation = GENERATION.load(Ordering::Acquire);
        if self.generation.replace(generation) != generation {
            self.pause.set(1);
        }
        let pause = self.pause.get();
        self.left.set(pause);
        self.pause.set((pause * 2).min(MOST_PASSED));
        true
    }
}

/// What came of a span that was tried.
#[inline]
pub(in crate::engine) fn seen(is_one: bool) {
    if is_one && !IS_THERE.load(Ordering::Relaxed) {
        IS_THERE.store(true, Ordering::Relaxed);
    }
}

/// The tracer that a callsite's spans are made by, kept for a while.
pub(in crate::engine) struct CachedTracer(RwLock<Option<Cached>>);

struct Cached {
    tracer: BoxedTracer,
    generation: u64,
    left: AtomicU32,
}

impl fmt::Debug for CachedTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CachedTracer")
    }
}

impl CachedTracer {
    pub(in crate::engine) const fn none() -> Self {
        Self(RwLock::new(None))
    }

    /// The next one is asked for anew.
    #[cold]
    pub(in crate::engine) fn forget(&self) {
        if let Ok(mut cached) = self.0.try_write() {
            *cached = None;
        }
    }

    /// Runs `work` with the tracer. Nobody waits for the lock: where it is held, there is a tracer for
    /// this once.
    pub(in crate::engine) fn with<T>(
        &self,
        scope: &InstrumentationScope,
        work: impl FnOnce(&BoxedTracer) -> T,
    ) -> T {
        if let Ok(cached) = self.0.try_read()
            && let Some(cached) = cached.as_ref().filter(|cached| cached.is_good())
        {
            return work(&cached.tracer);
        }
        let generation = GENERATION.load(Ordering::Acquire);
        let tracer = global::tracer_with_scope(scope.clone());
        let done = work(&tracer);
        // Without a provider there is nothing worth keeping.
        if IS_THERE.load(Ordering::Relaxed)
            && let Ok(mut cached) = self.0.try_write()
        {
            *cached = Some(Cached { tracer, generation, left: AtomicU32::new(MOST_CACHED) });
        }
        done
    }
}

impl Cached {
    fn is_good(&self) -> bool {
        // Counted by several threads at once, and not to be exact.
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0 && self.generation == GENERATION.load(Ordering::Relaxed)
    }
}
