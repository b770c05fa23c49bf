//! Hands over what is to be written to a thread that can wait: a pipe that nobody reads must not stop a request, or the export.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
#[cfg(feature = "otlp")]
use std::task::{Context, Poll};
use std::thread::Builder;
use std::time::{Duration, Instant};

/// How long the thread waits for more before it ends.
const MAX_IDLE: Duration = Duration::from_secs(1);
/// How long whoever fills the queue waits for each thing to be written, once half of the room is used.
#[cfg(feature = "otlp")]
const PATIENCE: Duration = Duration::from_millis(100);

/// A bounded queue, and a thread that writes what is in it. The thread starts when there is something to write.
pub(crate) struct Outbox<T: 'static> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    thread_name: &'static str,
    max_bytes: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
    /// Locked by the one who writes.
    write: Mutex<Box<dyn FnMut(T) + Send>>,
}

struct State<T> {
    /// With the size of each.
    waiting: VecDeque<(T, usize)>,
    /// The size of all that wait and of what is being written.
    bytes: usize,
    /// How many were put in, and how many of them are written or taken back.
    entered: u64,
    done: u64,
    has_thread: bool,
    /// Somebody has waited in vain, and nothing was written since.
    is_stuck: bool,
    waker: Option<Waker>,
}

impl<T: Send> Outbox<T> {
    /// `write` may block. It must not panic.
    pub(crate) fn new(
        thread_name: &'static str,
        max_bytes: usize,
        write: impl FnMut(T) + Send + 'static,
    ) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            bytes: 0,
            entered: 0,
            done: 0,
            has_thread: false,
            is_stuck: false,
            waker: None,
        };
        let write: Box<dyn FnMut(T) + Send> = Box::new(write);
        let (state, write) = (Mutex::new(state), Mutex::new(write));
        Self { shared: Arc::new(Shared { thread_name, max_bytes, state, changed: Condvar::new(), write }) }
    }

    /// Puts something in, and waits at most `patience` until it is written. Returns it if there is no room. If nothing is written
    /// any more, nobody waits.
    pub(crate) fn put(&self, item: T, bytes: usize, patience: Duration) -> Result<(), T> {
        let mut state = self.shared.state();
        if state.bytes > 0 && state.bytes.saturating_add(bytes) > self.shared.max_bytes {
            return Err(item);
        }
        state.waiting.push_back((item, bytes));
        state.bytes += bytes;
        state.entered += 1;
        let number = state.entered;
        if !state.has_thread {
            state.has_thread = true;
            let shared = Arc::clone(&self.shared);
            let thread = Builder::new().name(self.shared.thread_name.to_owned()).spawn(move || shared.run());
            if thread.is_err() {
                // Then it is written here.
                drop(state);
                self.shared.run_until_empty();
                self.shared.state().has_thread = false;
                return Ok(());
            }
        }
        self.shared.changed.notify_all();
        self.shared.wait_for(state, number, patience);
        Ok(())
    }
}

#[cfg(any(feature = "otlp", test))]
impl<T: Send> Outbox<T> {
    /// Waits until all is written, if it is written at all, and at most this long.
    pub(crate) fn wait_until_empty(&self, most: Duration) {
        let state = self.shared.state();
        let number = state.entered;
        self.shared.wait_for(state, number, most);
    }
}

#[cfg(feature = "otlp")]
impl<T: Send> Outbox<T> {
    /// How many were put in.
    pub(crate) fn entered(&self) -> u64 {
        self.shared.state().entered
    }

    /// How many are written, or taken back.
    pub(crate) fn done(&self) -> u64 {
        self.shared.state().done
    }

    /// How long to wait for room: not at all, while less than half of it is used.
    pub(crate) fn patience(&self) -> Duration {
        if self.shared.state().bytes > self.shared.max_bytes / 2 { PATIENCE } else { Duration::ZERO }
    }

    /// Ready when more than this many are done.
    pub(crate) fn poll_done(&self, context: &mut Context<'_>, known: u64) -> Poll<u64> {
        let mut state = self.shared.state();
        if state.done > known {
            return Poll::Ready(state.done);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Takes back what nobody writes yet.
    pub(crate) fn take_back(&self) -> Vec<T> {
        let mut state = self.shared.state();
        let waiting = std::mem::take(&mut state.waiting);
        state.bytes -= waiting.iter().map(|(_, bytes)| bytes).sum::<usize>();
        state.done += waiting.len() as u64;
        waiting.into_iter().map(|(item, _)| item).collect()
    }
}

impl<T> Shared<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for(&self, mut state: MutexGuard<'_, State<T>>, number: u64, most: Duration) {
        let deadline = Instant::now() + most;
        while state.done < number && !state.is_stuck {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // Whoever does not wait at all does not know.
                state.is_stuck = !most.is_zero();
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn run(&self) {
        loop {
            self.run_until_empty();
            let state = self.state();
            let idle = |state: &mut State<T>| state.waiting.is_empty();
            let waited = self.changed.wait_timeout_while(state, MAX_IDLE, idle);
            let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            if state.waiting.is_empty() {
                state.has_thread = false;
                drop(state);
                self.changed.notify_all();
                return;
            }
        }
    }

    fn run_until_empty(&self) {
        let mut write = self.write.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Some((item, bytes)) = self.state().waiting.pop_front() else { return };
            write(item);
            let mut state = self.state();
            state.bytes -= bytes;
            state.done += 1;
            state.is_stuck = false;
            let waker = state.waker.take();
            drop(state);
            self.changed.notify_all();
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

impl<T> fmt::Debug for Outbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("thread", &self.shared.thread_name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// An outbox that writes one thing for each that is sent to `go`, and tells what it has written.
    fn outbox(max_bytes: usize) -> (Outbox<u32>, Sender<()>, Receiver<u32>) {
        let ((go, allowed), (tell, written)) = (channel(), channel());
        let outbox = Outbox::new("outbox-test", max_bytes, move |item| {
            if allowed.recv().is_ok() {
                let _ = tell.send(item);
            }
        });
        (outbox, go, written)
    }

    #[test]
    fn what_is_put_in_is_written_in_order() {
        let (outbox, go, written) = outbox(100);
        for number in 0..50 {
            go.send(()).expect("a receiver");
            outbox.put(number, 1, LONG).expect("room");
        }
        assert_eq!(written.try_iter().collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn what_has_no_room_comes_back_and_only_the_first_waits() {
        let (outbox, go, written) = outbox(10);
        assert_eq!(outbox.put(0, 1000, Duration::from_millis(10)), Ok(()), "one has room whatever its size");
        assert_eq!(outbox.put(1, 1, LONG), Err(1));
        go.send(()).expect("a receiver");
        assert_eq!(written.recv(), Ok(0));
        let state = outbox.shared.state();
        let waited = outbox.shared.changed.wait_while(state, |state| state.bytes > 0);
        assert_eq!(waited.expect("no panic").bytes, 0);
        for number in 1..=10 {
            // All but the first would wait for too long.
            let patience = if number == 1 { Duration::from_millis(10) } else { LONG };
            assert_eq!(outbox.put(number, 1, patience), Ok(()));
        }
        assert_eq!(outbox.put(11, 1, LONG), Err(11));
        drop(go);
        outbox.wait_until_empty(Duration::ZERO);
    }

    #[cfg(feature = "otlp")]
    #[test]
    fn what_nobody_writes_can_be_taken_back() {
        let (outbox, go, written) = outbox(10);
        for number in 0..3 {
            outbox.put(number, 1, Duration::ZERO).expect("room");
        }
        // The thread may have begun to write the first one.
        let back = outbox.take_back();
        assert!(back == [0, 1, 2] || back == [1, 2], "{back:?}");
        assert_eq!(outbox.done(), back.len() as u64);
        for _ in back.len()..3 {
            go.send(()).expect("a receiver");
            written.recv().expect("it is written");
        }
        outbox.wait_until_empty(LONG);
        assert_eq!((outbox.entered(), outbox.done()), (3, 3));
        assert_eq!(outbox.shared.state().bytes, 0);
    }

    #[test]
    fn a_thread_that_has_ended_is_followed_by_another() {
        let (outbox, go, written) = outbox(10);
        for number in 0..2 {
            go.send(()).expect("a receiver");
            outbox.put(number, 1, LONG).expect("room");
            assert_eq!(written.recv(), Ok(number));
            let state = outbox.shared.state();
            let waited = outbox.shared.changed.wait_while(state, |state| state.has_thread);
            assert!(!waited.expect("no panic").has_thread);
        }
    }
}
