//! A stand-in for a Kafka topic, inside this process: partitions, offsets, records with headers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// A message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) value: u32,
    /// Names and values, as a Kafka client represents them.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) partition: usize,
    pub(crate) offset: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Topic(Arc<SharedTopic>);

#[derive(Debug)]
struct SharedTopic {
    name: &'static str,
    partitions: Mutex<Partitions>,
    changed: Notify,
}

#[derive(Debug)]
struct Partitions {
    /// For each partition, the records that nobody has read yet.
    unread: Vec<VecDeque<Record>>,
    next_offsets: Vec<u64>,
    is_closed: bool,
}

impl Topic {
    pub(crate) fn new(name: &'static str, partitions: usize) -> Self {
        let unread = vec![VecDeque::new(); partitions];
        let partitions = Partitions { unread, next_offsets: vec![0; partitions], is_closed: false };
        Self(Arc::new(SharedTopic { name, partitions: Mutex::new(partitions), changed: Notify::new() }))
    }

    pub(crate) fn name(&self) -> &'static str {
        self.0.name
    }

    /// Appends a record and returns its partition and offset. Records with the same key keep their order: they go to the
    /// same partition.
    pub(crate) fn append(&self, mut record: Record) -> (usize, u64) {
        let mut partitions = self.partitions();
        record.partition =
            record.key.bytes().map(usize::from).sum::<usize>() % partitions.unread.len().max(1);
        let partition = record.partition;
        record.offset = partitions.next_offsets[partition];
        partitions.next_offsets[partition] += 1;
        let offset = record.offset;
        partitions.unread[partition].push_back(record);
        drop(partitions);
        self.0.changed.notify_waiters();
        (partition, offset)
    }

    /// Waits for records and returns at most `max_records` of one partition. Returns `None` once the topic is closed and
    /// all records are read.
    pub(crate) async fn poll(&self, max_records: usize) -> Option<Vec<Record>> {
        loop {
            let changed = self.0.changed.notified();
            {
                let mut partitions = self.partitions();
                if let Some(unread) = partitions.unread.iter_mut().find(|unread| !unread.is_empty()) {
                    let count = max_records.min(unread.len());
                    return Some(unread.drain(..count).collect());
                }
                if partitions.is_closed {
                    return None;
                }
            }
            changed.await;
        }
    }

    /// Closes the topic: no more records will be sent.
    pub(crate) fn close(&self) {
        self.partitions().is_closed = true;
        self.0.changed.notify_waiters();
    }

    pub(crate) fn len(&self) -> usize {
        self.partitions().unread.iter().map(VecDeque::len).sum()
    }

    fn partitions(&self) -> MutexGuard<'_, Partitions> {
        self.0.partitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
