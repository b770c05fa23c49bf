//! A sampler that is changed as the process runs.

use std::any::Any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingResult, ShouldSample};

use crate::sampling::decision::{SamplerTraits, traits};

/// A sampler that can be replaced while spans are being recorded, and the handle that does it.
///
/// Whoever starts a span never waits for whoever sets a sampler. A span that starts meanwhile is decided by one of the two;
/// traces that have started go on as they began, where children follow their parents.
///
/// Where the sampler that it holds is known to follow the parent ([`ParentBased`](crate::sampling::decision::ParentBased)), children of
/// parents that are not sampled cost as little as without this. Changing only a part, the sampler for roots under a
/// `ParentBased` say, works as well.
///
/// ```
/// use spanwise::sampling::{self, ConsistentProbability, ParentBased, Sampler};
///
/// let (sampler, handle) = sampling::adjustable(ParentBased::new(ConsistentProbability::new(0.01)));
/// let builder = spanwise::builder().sampler(sampler);
/// // Later, from anywhere: something is wrong, and everything is to be seen.
/// handle.set(ParentBased::new(Sampler::AlwaysOn));
/// ```
#[must_use]
pub fn adjustable(initial: impl ShouldSample + 'static) -> (Adjustable, SamplerHandle) {
    let held = Arc::new(CurrentSampler::of(initial));
    let slots = Slots {
        slots: [RwLock::new(Arc::clone(&held)), RwLock::new(held)],
        changes: AtomicUsize::new(0),
        traits: AtomicUsize::new(0),
        changing: Mutex::new(()),
    };
    slots.publish_facts(slots.current().traits);
    let slots = Arc::new(slots);
    (Adjustable { slots: Arc::clone(&slots) }, SamplerHandle { slots })
}

/// The sampler of [`adjustable`]. Clones share what they hold.
#[derive(Clone, Debug)]
pub struct Adjustable {
    slots: Arc<Slots>,
}

/// The handle of [`adjustable`]: sets what the sampler decides by. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SamplerHandle {
    slots: Arc<Slots>,
}

#[derive(Debug)]
struct CurrentSampler {
    sampler: Box<dyn ShouldSample>,
    traits: SamplerTraits,
}

impl CurrentSampler {
    fn of<S: ShouldSample + 'static>(sampler: S) -> Self {
        let traits = match (&sampler as &dyn Any).downcast_ref::<Adjustable>() {
            // What it holds may change without this one's being told.
            Some(_) => SamplerTraits::default(),
            None => traits(&sampler),
        };
        Self { sampler: Box::new(sampler), traits }
    }
}

/// Two places, of which one is looked into while the other is written to. So a lock is only ever tried by those who
/// look, and they fail only where two changes have been made meanwhile.
#[derive(Debug)]
struct Slots {
    slots: [RwLock<Arc<CurrentSampler>>; 2],
    /// How many changes there were; the last bit says which slot is the current one.
    changes: AtomicUsize,
    /// The current one's, for those who need nothing else.
    traits: AtomicUsize,
    changing: Mutex<()>,
}

const FOLLOWS_PARENT: usize = 1;
const TAKES_ROOTS: usize = 2;

impl Slots {
    fn current(&self) -> Arc<CurrentSampler> {
        loop {
            let slot = &self.slots[self.changes.load(Ordering::Acquire) & 1];
            match slot.try_read() {
                Ok(held) => return Arc::clone(&held),
                Err(TryLockError::Poisoned(held)) => return Arc::clone(&held.into_inner()),
                // It is no longer the current one: the other is there at once.
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
    }

    fn set(&self, held: CurrentSampler) {
        let held = Arc::new(held);
        let traits = held.traits;
        let changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = self.changes.load(Ordering::Relaxed).wrapping_add(1);
        let before = {
            let mut slot = self.slots[next & 1].write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *slot, held)
        };
        // What is known of the one before must not be taken for this one's.
        self.publish_facts(SamplerTraits::default());
        self.changes.store(next, Ordering::Release);
        self.publish_facts(traits);
        drop(changing);
        // The application's, whose end may take its time, and set another one.
        drop(before);
    }

    fn publish_facts(&self, traits: SamplerTraits) {
        let bit = |is: bool, bit| if is { bit } else { 0 };
        let bits = bit(traits.follows_parent, FOLLOWS_PARENT) | bit(traits.takes_roots, TAKES_ROOTS);
        self.traits.store(bits, Ordering::Release);
    }
}

impl Adjustable {
    #[inline]
    pub(crate) fn traits(&self) -> SamplerTraits {
        let bits = self.slots.traits.load(Ordering::Acquire);
        SamplerTraits { follows_parent: bits & FOLLOWS_PARENT != 0, takes_roots: bits & TAKES_ROOTS != 0 }
    }
}

impl SamplerHandle {
    /// From now on spans are decided by `sampler`.
    pub fn set(&self, sampler: impl ShouldSample + 'static) {
        self.slots.set(CurrentSampler::of(sampler));
    }
}

impl ShouldSample for Adjustable {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        // Not under the lock: it is the application's, and may set another one.
        let held = self.slots.current();
        held.sampler.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}
