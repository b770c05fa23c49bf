//! Timers, retries and races run in the task that awaits them, so no context has to be carried.

use std::time::Duration;

use spanwise::instrument;
use spanwise_tests::LONG;
use tokio::sync::oneshot;

use crate::{compute, step, tree};

#[test]
fn timeout() {
    #[instrument]
    async fn too_long() {
        std::future::pending::<()>().await;
    }

    #[instrument]
    async fn request() {
        assert_eq!(tokio::time::timeout(LONG, step(1)).await, Ok(1));
        assert!(tokio::time::timeout(Duration::ZERO, too_long()).await.is_err());
    }

    assert_eq!(tree(3, request), "request\n  step 1\n  too_long spanwise.cancelled=true\n");
}

#[test]
fn interval() {
    #[instrument]
    async fn request() {
        let mut interval = tokio::time::interval(Duration::from_nanos(1));
        for n in 1..4 {
            interval.tick().await;
            step(n).await;
        }
        tokio::time::sleep(Duration::ZERO).await;
        compute(4);
    }

    assert_eq!(tree(5, request), "request\n  compute 4\n  step 1\n  step 2\n  step 3\n");
}

/// Attempts are siblings.
#[test]
fn retries() {
    #[instrument(name = format!("attempt {n}"), fields(n))]
    async fn attempt(n: u32) -> Result<u32, std::num::TryFromIntError> {
        tokio::task::yield_now().await;
        u8::try_from(if n < 3 { 256 } else { n }).map(u32::from)
    }

    #[instrument]
    async fn request() {
        let mut n = 1;
        while attempt(n).await.is_err() {
            tokio::time::sleep(Duration::ZERO).await;
            n += 1;
        }
        assert_eq!(n, 3);
    }

    let failed = "error.type=\"core::num::error::TryFromIntError\" ✗";
    assert_eq!(
        tree(4, request),
        format!("request\n  attempt 1 n=1 {failed}\n  attempt 2 n=2 {failed}\n  attempt 3 n=3\n")
    );
}

/// The loser of a race is canceled; a task that was spawned for it is not.
#[test]
fn select() {
    #[instrument]
    async fn loser() {
        compute(1);
        std::future::pending::<()>().await;
    }

    #[instrument]
    async fn winner(go: oneshot::Receiver<()>) {
        go.await.expect("sent");
    }

    #[instrument]
    async fn goes_on(go: oneshot::Sender<()>) {
        go.send(()).expect("the winner waits");
        step(2).await;
    }

    #[instrument]
    async fn request() {
        let (go, gone) = oneshot::channel();
        let spawned = spanwise::spawn(goes_on(go));
        tokio::select! {
            biased;
            () = loser() => {}
            () = winner(gone) => {}
        }
        spawned.await.expect("it ran");
    }

    assert_eq!(
        tree(6, request),
        "request\n  goes_on\n    step 2\n  loser spanwise.cancelled=true\n    compute 1\n  winner\n"
    );
}

/// All run at once in one task.
#[test]
fn join() {
    #[instrument]
    async fn request() {
        let (one, two, ()) = tokio::join!(step(1), step(2), async {
            compute(3);
        });
        assert_eq!(one + two, 3);
    }

    assert_eq!(tree(4, request), "request\n  compute 3\n  step 1\n  step 2\n");
}
