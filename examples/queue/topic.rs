//! A topic as Kafka has them, within the process: partitions, offsets, records with headers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// What is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) value: u32,
    /// Names and bytes, as a Kafka client has them.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) partition: usize,
    pub(crate) offset: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Topic(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: &'static str,
    partitions: Mutex<Partitions>,
    changed: Notify,
}

#[derive(Debug)]
struct Partitions {
    waiting: Vec<VecDeque<Record>>,
    next_offsets: Vec<u64>,
    is_closed: bool,
}

impl Topic {
    pub(crate) fn new(name: &'static str, partitions: usize) -> Self {
        let waiting = vec![VecDeque::new(); partitions];
        let partitions = Partitions { waiting, next_offsets: vec![0; partitions], is_closed: false };
        Self(Arc::new(Inner { name, partitions: Mutex::new(partitions), changed: Notify::new() }))
    }

    pub(crate) fn name(&self) -> &'static str {
        self.0.name
    }

    /// Records of one key are in one partition, in order. Gives the partition and the offset.
    pub(crate) fn append(&self, mut record: Record) -> (usize, u64) {
        let mut partitions = self.partitions();
        record.partition =
            record.key.bytes().map(usize::from).sum::<usize>() % partitions.waiting.len().max(1);
        let partition = record.partition;
        record.offset = partitions.next_offsets[partition];
        partitions.next_offsets[partition] += 1;
        let offset = record.offset;
        partitions.waiting[partition].push_back(record);
        drop(partitions);
        self.0.changed.notify_waiters();
        (partition, offset)
    }

    /// What waits, up to so many from one partition; `None` once there is nothing and will be nothing.
    pub(crate) async fn poll(&self, most: usize) -> Option<Vec<Record>> {
        loop {
            let changed = self.0.changed.notified();
            {
                let mut partitions = self.partitions();
                if let Some(waiting) = partitions.waiting.iter_mut().find(|waiting| !waiting.is_empty()) {
                    let most = most.min(waiting.len());
                    return Some(waiting.drain(..most).collect());
                }
                if partitions.is_closed {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Nothing more is sent.
    pub(crate) fn close(&self) {
        self.partitions().is_closed = true;
        self.0.changed.notify_waiters();
    }

    pub(crate) fn len(&self) -> usize {
        self.partitions().waiting.iter().map(VecDeque::len).sum()
    }

    fn partitions(&self) -> MutexGuard<'_, Partitions> {
        self.0.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
