//! A collector that goes away and comes back on a timer.

use std::time::Duration;

use tokio::time::Instant;

use crate::door::Door;

#[derive(Debug, Default)]
pub(crate) struct Flap {
    current: Option<Current>,
    count: usize,
}

#[derive(Debug)]
struct Current {
    up: Duration,
    down: Duration,
    is_up: bool,
    until: Instant,
}

impl Flap {
    /// Whether the collector listens.
    pub(crate) fn start(&mut self, up: Duration, down: Duration) {
        self.current = Some(Current { up, down, is_up: true, until: Instant::now() + up });
    }

    pub(crate) fn stop(&mut self) {
        self.current = None;
    }

    /// How often it went away.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Waits until the next change.
    pub(crate) async fn due(&self) {
        match &self.current {
            Some(current) => tokio::time::sleep_until(current.until).await,
            None => std::future::pending().await,
        }
    }

    pub(crate) async fn turn(&mut self, door: &mut Door) -> std::io::Result<()> {
        let Some(current) = &mut self.current else { return Ok(()) };
        current.is_up = !current.is_up;
        if current.is_up {
            door.open().await?;
            current.until = Instant::now() + current.up;
        } else {
            self.count += 1;
            door.close().await;
            current.until = Instant::now() + current.down;
        }
        Ok(())
    }
}
