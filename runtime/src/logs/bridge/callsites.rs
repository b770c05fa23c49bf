//! The callsites of `tracing` spans, as callsites of the engine.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use opentelemetry::trace::SpanKind;
use tracing::Metadata;
use tracing::callsite::Identifier;

use crate::engine::fork::generation;
use crate::engine::span::callsite::Callsite;
use crate::leaked_cell::LeakedCell;

/// A place in the code, and the kind of span, which is only known from the span's fields.
type Key = (Identifier, u8);
type CallsiteMap = HashMap<Key, &'static Callsite>;

/// All callsites of the process. They are never dropped: there are only as many as there are places in the code. A forked child has
/// its own, since a fork may copy a lock that is never released.
struct Callsites {
    process: u64,
    map: Mutex<CallsiteMap>,
}

static ALL: LeakedCell<Callsites> = LeakedCell::EMPTY;

thread_local! {
    /// The callsites that this thread has used, so that threads rarely wait for the lock.
    static SEEN: RefCell<CallsiteMap> = RefCell::new(CallsiteMap::new());
}

/// Returns the callsite of the spans of this kind from this place.
pub(super) fn of(metadata: &'static Metadata<'static>, kind: SpanKind) -> &'static Callsite {
    let key = (metadata.callsite(), kind.clone() as u8);
    let find = |seen: &RefCell<CallsiteMap>| seen.try_borrow().ok()?.get(&key).copied();
    if let Some(callsite) = SEEN.try_with(find).ok().flatten() {
        return callsite;
    }
    let process = generation();
    let all =
        ALL.get_or_replace(|all| all.process == process, || Callsites { process, map: Mutex::default() });
    let callsite = *all
        .map
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(key.clone())
        .or_insert_with(|| Box::leak(Box::new(new_callsite(metadata, kind))));
    let _ = SEEN.try_with(|seen| {
        if let Ok(mut seen) = seen.try_borrow_mut() {
            seen.insert(key, callsite);
        }
    });
    callsite
}

fn new_callsite(metadata: &'static Metadata<'static>, kind: SpanKind) -> Callsite {
    let file = metadata.file().unwrap_or_default();
    let line = metadata.line().unwrap_or_default();
    let target = metadata.target();
    let krate = target.split("::").next().unwrap_or(target);
    Callsite::of_line(metadata.name(), kind, file, line, krate)
}
