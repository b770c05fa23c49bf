//! Attacks with fixed seeds: collectors and servers that answer anything, headers of any content, processes killed at any moment.
//!
//! `SPANWISE_LONG_TESTS=1` makes them ten times as long.

mod collectors;
mod headers;
#[cfg(unix)]
mod kills;
#[path = "../process/probe.rs"]
#[allow(dead_code, reason = "the process tests use all of it")]
mod probe;
mod servers;

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// How many times an attack is repeated.
fn rounds(few: u64) -> u64 {
    if std::env::var_os("SPANWISE_LONG_TESTS").is_some() { few * 10 } else { few }
}

/// A server that does anything but what its clients expect, by this seed, until the runtime is dropped.
async fn hostile_server(seed: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut random = fastrand::Rng::with_seed(seed);
        while let Ok((stream, _)) = listener.accept().await {
            let connection = random.fork();
            // A failure is the client's end of the connection.
            tokio::spawn(async move { attack(stream, connection).await });
        }
    });
    address
}

async fn attack(mut stream: TcpStream, mut random: fastrand::Rng) -> std::io::Result<()> {
    if random.bool() {
        stream.set_zero_linger()?;
    }
    for _ in 0..random.u32(0..6) {
        if random.bool() {
            let mut some = vec![0; random.usize(1..4096)];
            let reading = stream.read(&mut some);
            let _ = tokio::time::timeout(Duration::from_millis(random.u64(1..50)), reading).await;
        }
        let bytes = nonsense(&mut random);
        stream.write_all(&bytes).await?;
    }
    Ok(())
}

/// Bytes that are nearly an answer.
fn nonsense(random: &mut fastrand::Rng) -> Vec<u8> {
    let any = |random: &mut fastrand::Rng, most| -> Vec<u8> {
        (0..random.usize(0..most)).map(|_| random.u8(..)).collect()
    };
    // A frame of HTTP/2: length, type, flags, stream.
    let frame = |random: &mut fastrand::Rng| {
        let payload = any(random, 64);
        let mut frame = vec![0, 0, u8::try_from(payload.len()).unwrap_or_default()];
        frame.extend([random.u8(0..12), random.u8(..), 0, 0, 0, random.u8(0..4)]);
        frame.extend(payload);
        frame
    };
    match random.u8(0..11) {
        0 => any(random, 2048),
        1 => b"\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec(),
        2 => [b"\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec(), frame(random), frame(random)].concat(),
        3 => b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_vec(),
        4 => {
            [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n".to_vec(), any(random, 512)]
                .concat()
        }
        5 => {
            let status = random.u16(100..700);
            format!("HTTP/1.1 {status} \u{fffd}\r\nretry-after: -1\r\ncontent-length: 0\r\n\r\n").into_bytes()
        }
        6 => format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(random.usize(0..100_000))).into_bytes(),
        7 => [b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n".to_vec(), any(random, 2048)].concat(),
        8 => "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(random.usize(1..100)).into_bytes(),
        9 => format!(
            "HTTP/1.1 307 x\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            "//".repeat(random.usize(0..2000))
        )
        .into_bytes(),
        _ => Vec::new(),
    }
}
