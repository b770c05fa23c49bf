//! A provider that the application set itself, with `opentelemetry::global`.
//!
//! The API cannot be asked whether there is one. Only its spans show it: without a provider they have no valid ids. So a
//! span is started now and then. If it has no valid ids, the next spans are not started.

use std::cell::Cell;
use std::fmt;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use opentelemetry::InstrumentationScope;
use opentelemetry::global::{self, BoxedTracer};

/// The most spans that a thread skips before it probes for a provider again.
const MAX_SKIPPED: u32 = 1024;
/// The most spans that a callsite starts with a cached tracer.
const MAX_CACHED_USES: u32 = 1_000;

/// Whether a provider has been found.
static IS_FOUND: AtomicBool = AtomicBool::new(false);
/// How often the application has called [`refresh_provider`].
static GENERATION: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static PROBE: ProviderProbe =
        const { ProviderProbe { left: Cell::new(0), next: Cell::new(1), generation: Cell::new(0) } };
}

/// When a thread probes for a provider again: soon at first, then ever more rarely.
struct ProviderProbe {
    /// How many spans to skip until the next probe.
    left: Cell<u32>,
    /// How many spans to skip after that one.
    next: Cell<u32>,
    generation: Cell<u64>,
}

/// Makes Spanwise notice at once that the application has set or replaced the global provider.
///
/// Only for applications that set one themselves, with `opentelemetry::global::set_tracer_provider`, and never call
/// [`init`](crate::init). Without this call a new provider is noticed a little later: each thread looks for one before its
/// first span, and then again after it has skipped 1, 2, 4, … up to 1024 spans. An annotated function uses the provider
/// that it found for up to 1000 spans. A meter provider that is set after the first request (feature `metrics`) is not
/// noticed without this call.
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

/// How often [`refresh_provider`] was called, by `init` or by the application.
#[cfg(all(feature = "metrics", any(feature = "client", feature = "server")))]
pub(crate) fn provider_generation() -> u64 {
    GENERATION.load(Ordering::Acquire)
}

/// Whether to start a span: a provider is known, or it is time to probe for one.
#[inline]
pub(in crate::engine) fn is_worth_a_span() -> bool {
    IS_FOUND.load(Ordering::Relaxed)
        || PROBE.with(|probe| {
            let left = probe.left.get();
            if left > 0 && probe.generation.get() == GENERATION.load(Ordering::Relaxed) {
                probe.left.set(left - 1);
                return false;
            }
            probe.restart()
        })
}

impl ProviderProbe {
    #[cold]
    fn restart(&self) -> bool {
        let generation = GENERATION.load(Ordering::Acquire);
        if self.generation.replace(generation) != generation {
            self.next.set(1);
        }
        let next = self.next.get();
        self.left.set(next);
        self.next.set((next * 2).min(MAX_SKIPPED));
        true
    }
}

/// Records whether a span that was started is valid: then there is a provider.
#[inline]
pub(in crate::engine) fn started(is_valid: bool) {
    if is_valid && !IS_FOUND.load(Ordering::Relaxed) {
        IS_FOUND.store(true, Ordering::Relaxed);
    }
}

/// The tracer that makes a callsite's spans, cached for a while.
pub(in crate::engine) struct CachedTracer(RwLock<Option<CacheEntry>>);

struct CacheEntry {
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

    /// Clears the cache.
    #[cold]
    pub(in crate::engine) fn forget(&self) {
        if let Ok(mut cached) = self.0.try_write() {
            *cached = None;
        }
    }

    /// Runs `work` with the tracer. It never waits for the lock: if the lock is held, it uses a new tracer once.
    pub(in crate::engine) fn with<T>(
        &self,
        scope: &InstrumentationScope,
        work: impl FnOnce(&BoxedTracer) -> T,
    ) -> T {
        if let Ok(cached) = self.0.try_read()
            && let Some(cached) = cached.as_ref().filter(|cached| cached.is_current())
        {
            return work(&cached.tracer);
        }
        let generation = GENERATION.load(Ordering::Acquire);
        let tracer = global::tracer_with_scope(scope.clone());
        let done = work(&tracer);
        // Without a provider there is nothing worth caching.
        if IS_FOUND.load(Ordering::Relaxed)
            && let Ok(mut cached) = self.0.try_write()
        {
            *cached = Some(CacheEntry { tracer, generation, left: AtomicU32::new(MAX_CACHED_USES) });
        }
        done
    }
}

impl CacheEntry {
    fn is_current(&self) -> bool {
        // Several threads count at once. The count need not be exact.
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0 && self.generation == GENERATION.load(Ordering::Relaxed)
    }
}
