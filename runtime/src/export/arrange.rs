//! Spans in the order of their tree.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::SpanId;

use crate::engine::queue::record::SpanRecord;

/// A span's place in the tree of a trace.
#[derive(Debug)]
pub(crate) struct Placed {
    /// Which of the spans.
    pub(crate) index: usize,
    /// The branches drawn before it, three columns for each ancestor that is here.
    pub(crate) branches: String,
}

#[cfg(feature = "testing")]
impl Placed {
    /// How many ancestors of it are here.
    pub(crate) fn depth(&self) -> usize {
        self.branches.chars().count() / 3
    }
}

/// Each span under its parent, siblings by start; one whose parent is not here is a root. Every span
/// is placed once, whatever a peer has sent, and nothing recurses.
pub(crate) fn arrange(spans: &[&SpanRecord]) -> Vec<Placed> {
    let here: HashSet<SpanId> = spans.iter().map(|span| span.context.span_id()).collect();
    let mut roots = Vec::new();
    let mut children: HashMap<SpanId, Vec<usize>> = HashMap::new();
    for (index, span) in spans.iter().enumerate() {
        if here.contains(&span.parent_span_id) && span.parent_span_id != span.context.span_id() {
            children.entry(span.parent_span_id).or_default().push(index);
        } else {
            roots.push(index);
        }
    }
    for siblings in children.values_mut().chain([&mut roots]) {
        siblings.sort_by_key(|index| spans[*index].start);
    }

    let mut placed = Vec::with_capacity(spans.len());
    let mut is_placed = vec![false; spans.len()];
    // Spans that are each other's parents hang on no root: they are roots once the rest is placed.
    let stranded = (0..spans.len()).collect();
    for roots in [roots, stranded] {
        for root in roots {
            let mut waiting = vec![(root, String::new(), String::new())];
            while let Some((index, branches, below)) = waiting.pop() {
                if std::mem::replace(&mut is_placed[index], true) {
                    continue;
                }
                let mut siblings = children.remove(&spans[index].context.span_id()).unwrap_or_default();
                let last = siblings.pop();
                waiting.extend(last.map(|last| (last, format!("{below}└─ "), format!("{below}   "))));
                waiting.extend(
                    siblings.into_iter().rev().map(|one| (one, format!("{below}├─ "), format!("{below}│  "))),
                );
                placed.push(Placed { index, branches });
            }
        }
    }
    placed
}
