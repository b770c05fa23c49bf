//! What the exporter's side of the queue has received: chunks, and the buffers of the threads.

use std::sync::Arc;
use std::sync::mpsc::Receiver;

use crate::engine::queue::chunk::Chunk;
use crate::engine::queue::thread_buffer::ThreadBuffer;

pub(crate) type BoxedChunks = Vec<Box<Chunk>>;

/// What recording threads send. Sending takes no lock.
#[derive(Debug)]
pub(super) enum QueueMessage {
    /// The buffer of a thread that records its first span.
    NewBuffer(Arc<ThreadBuffer>),
    Chunk(Box<Chunk>),
}

/// What the exporter's side has received.
#[derive(Debug)]
pub(super) struct QueueReceiver {
    receiver: Receiver<QueueMessage>,
    pub(super) buffers: Vec<Arc<ThreadBuffer>>,
    pub(super) chunks: BoxedChunks,
    /// How many spans were started on threads that are gone.
    pub(super) started: u64,
    /// How many spans ended on threads that are gone.
    pub(super) ended: u64,
}

impl QueueReceiver {
    pub(super) fn new(receiver: Receiver<QueueMessage>) -> Self {
        Self { receiver, buffers: Vec::new(), chunks: Vec::new(), started: 0, ended: 0 }
    }

    pub(super) fn receive(&mut self) {
        while let Ok(message) = self.receiver.try_recv() {
            match message {
                QueueMessage::NewBuffer(buffer) => self.buffers.push(buffer),
                QueueMessage::Chunk(chunk) => self.chunks.push(chunk),
            }
        }
    }

    /// Takes all chunks out of the buffers, and removes the buffers of threads that are gone. Returns whether a chunk was
    /// missed because its thread still held it after `max_waits`.
    pub(super) fn drain_buffers(&mut self, chunks: &mut BoxedChunks, mut max_waits: u32) -> bool {
        let mut has_missed_chunk = false;
        let Self { buffers, started, ended, .. } = self;
        buffers.retain_mut(|buffer| {
            // Checked before the chunk is taken, so that the last spans of a thread are found.
            let is_abandoned = Arc::get_mut(buffer).is_some();
            let (chunk, is_missing) = buffer.take_or_wait(&mut max_waits);
            chunks.extend(chunk);
            has_missed_chunk |= is_missing;
            if is_abandoned {
                *started += buffer.started.get();
                *ended += buffer.ended.get();
            }
            !is_abandoned
        });
        has_missed_chunk
    }
}
