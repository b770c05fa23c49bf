//! Channels within a process: the receiver chooses between child and link.

use spanwise::task::{CarriedContext, Envelope};
use spanwise::{FutureExt as _, instrument};
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::{compute, step, tree, tree_of};

#[instrument]
fn request(send: impl FnOnce(Envelope<u32>)) {
    send(Envelope::new(1));
}

/// The receiver's thread has no context of the sender.
fn receive(receive: impl FnOnce() + Send + 'static) {
    std::thread::spawn(receive).join().expect("it ran");
}

#[test]
fn std_mpsc() {
    let tree = tree_of(|| {
        let (sender, receiver) = std::sync::mpsc::channel::<Envelope<u32>>();
        request(|envelope| sender.send(envelope).expect("it is received"));
        receive(move || {
            receiver.recv().expect("one").open(compute);
        });
    });
    assert_eq!(tree, "request\n  compute 1\n");
}

#[test]
fn crossbeam() {
    let tree = tree_of(|| {
        let (sender, receiver) = crossbeam_channel::unbounded::<Envelope<u32>>();
        request(|envelope| sender.send(envelope).expect("it is received"));
        receive(move || {
            receiver.recv().expect("one").open(compute);
        });
    });
    assert_eq!(tree, "request\n  compute 1\n");
}

#[test]
fn tokio_mpsc() {
    let work = || async {
        let (sender, mut receiver) = mpsc::channel::<Envelope<u32>>(1);
        let receiving = tokio::spawn(async move {
            while let Some(envelope) = receiver.recv().await {
                let (n, carried) = envelope.into_parts();
                step(n).with_carried_context(carried).await;
            }
        });
        request(|envelope| sender.try_send(envelope).expect("there is room"));
        drop(sender);
        receiving.await.expect("it ran");
    };
    assert_eq!(tree(2, work), "request\n  step 1\n");
}

#[test]
fn tokio_oneshot() {
    let work = || async {
        let (sender, receiver) = oneshot::channel::<Envelope<u32>>();
        let receiving = tokio::spawn(async { receiver.await.expect("one").open(compute) });
        request(|envelope| sender.send(envelope.map(|n| n + 6)).expect("it is received"));
        assert_eq!(receiving.await.expect("it ran"), 7);
    };
    assert_eq!(tree(2, work), "request\n  compute 7\n");
}

#[test]
fn tokio_broadcast() {
    let work = || async {
        let (sender, receiver) = broadcast::channel::<Envelope<u32>>(1);
        let receiving = [1, 2].map(|n| {
            let mut receiver = receiver.resubscribe();
            tokio::spawn(async move { receiver.recv().await.expect("one").map(|_| n).open(compute) })
        });
        request(|envelope| {
            sender.send(envelope).expect("it is received");
        });
        for task in receiving {
            task.await.expect("it ran");
        }
    };
    assert_eq!(tree(3, work), "request\n  compute 1\n  compute 2\n");
}

/// The receiver's work is a trace of its own, linked to the sender.
#[test]
fn linked() {
    let tree = tree_of(|| {
        let (sender, receiver) = std::sync::mpsc::channel::<Envelope<u32>>();
        request(|envelope| sender.send(envelope).expect("it is received"));
        receive(move || {
            receiver.recv().expect("one").linked().open(compute);
        });
    });
    assert_eq!(tree, "compute 1 → request\nrequest\n");
}

/// The attribute takes the carried context as parent or link, and the receiver's own span stays current.
#[test]
fn by_the_attribute() {
    #[instrument(parent = carried)]
    fn child(carried: &CarriedContext) {
        compute(1);
    }

    #[instrument(links = job.carried_context())]
    fn linked(job: &Envelope<u32>) {}

    #[instrument(parent = job.carried_context().linked())]
    fn on_its_own(job: &Envelope<u32>) {}

    #[instrument]
    fn receiver(job: &Envelope<u32>) {
        child(job.carried_context());
        linked(job);
        on_its_own(job);
    }

    let tree = tree_of(|| request(|job| receive_in(&job, receiver)));
    assert_eq!(tree, "on_its_own → request\nreceiver\n  linked → request\nrequest\n  child\n    compute 1\n");
}

/// Runs under the capture, without a span.
fn receive_in(job: &Envelope<u32>, receiver: fn(&Envelope<u32>)) {
    let nothing = job.carried_context().context().clone();
    let nothing = opentelemetry::trace::TraceContextExt::with_remote_span_context(
        &nothing,
        opentelemetry::trace::SpanContext::NONE,
    );
    CarriedContext::from(nothing).run(|| receiver(job));
}

/// `span!` takes a carried context, too: as parent or link, with a kind.
#[test]
fn by_hand() {
    let tree = tree_of(|| {
        request(|job| {
            receive(move || {
                let (n, carried) = job.into_parts();
                {
                    let _span = spanwise::span!(parent: carried, kind: consumer, "process", n = n);
                    compute(n);
                }
                let _span = spanwise::span!(links: [&carried], parent: carried.linked(), "process a batch");
            });
        });
    });
    assert_eq!(
        tree,
        "process a batch → request → request\nrequest\n  process [consumer] n=1\n    compute 1\n"
    );
}

/// One span for several messages of several senders.
#[test]
fn a_batch() {
    #[instrument(links = all_carried)]
    fn handle_all(all_carried: &[CarriedContext]) {}

    #[instrument(name = format!("send {n}"))]
    fn send(n: u32) -> Envelope<u32> {
        Envelope::new(n)
    }

    let tree = tree_of(|| {
        let batch = [1, 2].map(send);
        let all_carried = batch.map(|envelope| envelope.into_parts().1);
        handle_all(&all_carried);
    });
    assert_eq!(tree, "handle_all → send 1 → send 2\nsend 1\nsend 2\n");
}
