//! The spans of a trace in the order of their tree.

use std::collections::{HashMap, HashSet};

use opentelemetry::trace::SpanId;

use crate::engine::queue::record::SpanRecord;

/// A span's place in the tree of a trace.
#[derive(Debug)]
pub(crate) struct PlacedSpan {
    /// The index of the span.
    pub(crate) index: usize,
    /// The branches to draw before it, three columns per ancestor.
    pub(crate) branches: String,
}

#[cfg(feature = "testing")]
impl PlacedSpan {
    /// How many of its ancestors are in the list.
    pub(crate) fn depth(&self) -> usize {
        self.branches.chars().count() / 3
    }
}

/// Places each span below its parent, and siblings by their start. A span whose parent is missing is a root. Each span is placed once, even
/// if parents form a circle, and there is no recursion.
pub(crate) fn tree_order(spans: &[&SpanRecord]) -> Vec<PlacedSpan> {
    let present: HashSet<SpanId> = spans.iter().map(|span| span.context.span_id()).collect();
    let mut roots = Vec::new();
    let mut children: HashMap<SpanId, Vec<usize>> = HashMap::new();
    for (index, span) in spans.iter().enumerate() {
        if present.contains(&span.parent_span_id) && span.parent_span_id != span.context.span_id() {
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
    // Spans whose parents form a circle are below no root. They become roots when the rest is placed.
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
                placed.push(PlacedSpan { index, branches });
            }
        }
    }
    placed
}
