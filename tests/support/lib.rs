//! Helpers that several tests share.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

/// Longer than anything in the tests takes. A test that waits in vain fails after it, with what it waited for.
pub const LONG: Duration = Duration::from_secs(30);

/// An address that refuses connections while the socket is kept: the socket has the port, and never listens.
///
/// # Panics
///
/// If there is no free port.
#[must_use]
pub fn nobody() -> (tokio::net::TcpSocket, SocketAddr) {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    let address = socket.local_addr().expect("an address");
    (socket, address)
}

/// Runs a future to its end on this thread, and the tasks that it spawns on two others.
///
/// # Panics
///
/// If no runtime can be started.
pub fn block_on_with_workers<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Runs a future to its end on this thread, with the tasks that it spawns.
///
/// # Panics
///
/// If no runtime can be started.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}
