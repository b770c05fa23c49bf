//! A sampler that can be replaced at run time.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};

use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use crate::sampling::parent_based::traits_of;
use crate::sampling::sampler_traits::SamplerTraits;
use crate::sampling::span_to_sample::{SpanToSample, impl_should_sample};

/// Returns a sampler that can be replaced while spans are being recorded, and the handle that replaces it.
///
/// Starting a span never waits for [`SamplerHandle::set`]. A span that starts while the sampler is replaced is decided by
/// the old or the new one. Traces that have started keep their decision, as long as children follow their parents.
///
/// With a [`ParentBased`](super::ParentBased) inside, a child of a parent that is not sampled costs as little as without this
/// wrapper. A part of a sampler can be adjustable, too: for example only the root sampler of a `ParentBased`.
///
/// ```
/// use spanwise::sampling::{self, ConsistentProbability, ParentBased, Sampler};
///
/// let (sampler, handle) = sampling::adjustable(ParentBased::new(ConsistentProbability::new(0.01)));
/// let builder = spanwise::builder().sampler(sampler);
/// // Later, from anywhere: record every trace while you look for an error.
/// handle.set(ParentBased::new(Sampler::AlwaysOn));
/// ```
#[must_use]
pub fn adjustable(initial: impl ShouldSample + 'static) -> (Adjustable, SamplerHandle) {
    let initial = Arc::new(CurrentSampler::of(initial));
    let slots = SamplerSlots {
        slots: [RwLock::new(Arc::clone(&initial)), RwLock::new(initial)],
        changes: AtomicUsize::new(0),
        traits: AtomicUsize::new(0),
        replacing: Mutex::new(()),
    };
    slots.publish_traits(slots.current().traits);
    let slots = Arc::new(slots);
    (Adjustable { slots: Arc::clone(&slots) }, SamplerHandle { slots })
}

/// The sampler that [`adjustable`] returns. Clones share the sampler inside.
#[derive(Clone, Debug)]
pub struct Adjustable {
    slots: Arc<SamplerSlots>,
}

/// Replaces the sampler inside an [`Adjustable`]. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SamplerHandle {
    slots: Arc<SamplerSlots>,
}

#[derive(Debug)]
struct CurrentSampler {
    sampler: Box<dyn ShouldSample>,
    traits: SamplerTraits,
}

impl CurrentSampler {
    fn of<S: ShouldSample + 'static>(sampler: S) -> Self {
        let traits = match (&sampler as &dyn Any).downcast_ref::<Adjustable>() {
            // The one inside may be replaced without notice.
            Some(_) => SamplerTraits::default(),
            None => traits_of(&sampler),
        };
        Self { sampler: Box::new(sampler), traits }
    }
}

/// Two slots: the current sampler is read from one while the next is written to the other. So readers only try a lock, and
/// fail only if the sampler was replaced twice meanwhile.
#[derive(Debug)]
struct SamplerSlots {
    slots: [RwLock<Arc<CurrentSampler>>; 2],
    /// How many times the sampler was replaced; the last bit says which slot is current.
    changes: AtomicUsize,
    /// The current sampler's traits, as bits, so that reading them takes one load.
    traits: AtomicUsize,
    /// Held while the sampler is being replaced.
    replacing: Mutex<()>,
}

const FOLLOWS_PARENT: usize = 1;
const SAMPLES_ROOTS: usize = 2;

impl SamplerSlots {
    fn current(&self) -> Arc<CurrentSampler> {
        loop {
            let slot = &self.slots[self.changes.load(Ordering::Acquire) & 1];
            match slot.try_read() {
                Ok(current) => return Arc::clone(&current),
                Err(TryLockError::Poisoned(current)) => return Arc::clone(&current.into_inner()),
                // This slot is being written, so the other one is current by now.
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
    }

    fn replace(&self, sampler: CurrentSampler) {
        let sampler = Arc::new(sampler);
        let traits = sampler.traits;
        let replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.changes.load(Ordering::Relaxed).wrapping_add(1);
        let before = {
            let mut slot = self.slots[next & 1].write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *slot, sampler)
        };
        // The old traits must not be used with the new sampler.
        self.publish_traits(SamplerTraits::default());
        self.changes.store(next, Ordering::Release);
        self.publish_traits(traits);
        drop(replacing);
        // Outside of the lock: dropping the application's sampler may take long, or set another one.
        drop(before);
    }

    fn publish_traits(&self, traits: SamplerTraits) {
        let bit = |is: bool, bit| if is { bit } else { 0 };
        let bits = bit(traits.follows_parent, FOLLOWS_PARENT) | bit(traits.samples_roots, SAMPLES_ROOTS);
        self.traits.store(bits, Ordering::Release);
    }
}

impl Adjustable {
    #[inline]
    pub(crate) fn traits(&self) -> SamplerTraits {
        let bits = self.slots.traits.load(Ordering::Acquire);
        SamplerTraits { follows_parent: bits & FOLLOWS_PARENT != 0, samples_roots: bits & SAMPLES_ROOTS != 0 }
    }
}

impl SamplerHandle {
    /// Replaces the sampler. Spans that start from now on are decided by `sampler`.
    pub fn set(&self, sampler: impl ShouldSample + 'static) {
        self.slots.replace(CurrentSampler::of(sampler));
    }
}

impl_should_sample!(Adjustable);

impl Adjustable {
    fn decide(&self, span: SpanToSample<'_>) -> SamplingResult {
        // Not under the lock: the sampler is the application's, and may set another one.
        let current = self.slots.current();
        span.ask(&*current.sampler)
    }
}
