//! What is known of a `tracing` span when the program is compiled, as the engine has it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use opentelemetry::trace::SpanKind;
use tracing::Metadata;
use tracing::callsite::Identifier;

use crate::engine::span::callsite::{Callsite, Crate, Place};

/// A place in the code, and the kind of span, which only the span itself tells.
type Key = (Identifier, u8);
type Known = HashMap<Key, &'static Callsite>;

/// All of the process. Each is kept for ever: there are as many as there are places in the code, as `tracing` has them.
static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

thread_local! {
    /// Those that this thread has seen, so that threads do not meet.
    static SEEN: RefCell<Known> = RefCell::new(Known::new());
}

/// The callsite of spans of this place, and of this kind.
pub(super) fn of(metadata: &'static Metadata<'static>, kind: SpanKind) -> &'static Callsite {
    let key = (metadata.callsite(), kind.clone() as u8);
    let find = |seen: &RefCell<Known>| seen.try_borrow().ok()?.get(&key).copied();
    if let Some(callsite) = SEEN.try_with(find).ok().flatten() {
        return callsite;
    }
    let callsite = *KNOWN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(key.clone())
        .or_insert_with(|| Box::leak(Box::new(made(metadata, kind))));
    let _ = SEEN.try_with(|seen| {
        if let Ok(mut seen) = seen.try_borrow_mut() {
            seen.insert(key, callsite);
        }
    });
    callsite
}

fn made(metadata: &'static Metadata<'static>, kind: SpanKind) -> Callsite {
    let target = metadata.target();
    let place = Place {
        function: || "",
        file: metadata.file().unwrap_or_default(),
        line: metadata.line().unwrap_or_default(),
    };
    let krate =
        Crate { name: Some(target.split("::").next().unwrap_or(target)), version: None, module: target };
    Callsite::new(metadata.name(), kind, place, krate)
}
