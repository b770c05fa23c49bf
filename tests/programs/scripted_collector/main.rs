//! A collector that does what it is told: it takes spans, refuses them, never answers, breaks off, goes
//! away and comes back. A process of its own, since what a collector does to its clients it does from
//! outside of them.
//!
//! OTLP/gRPC and OTLP/HTTP are spoken at the same port. The first line it says is its address. Then it is
//! told what to do on standard input, one command a line, and answers each with a line on standard output
//! ([`command`]); how it serves is a [`mode`]. It ends with its standard input.

mod collected;
mod command;
mod door;
mod flap;
mod grpc;
mod http;
mod mode;
mod wire;

use std::io::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tokio::sync::mpsc;

use collected::Collector;
use command::Command;
use door::Door;
use flap::Flap;

/// Both ways to the collector.
fn routes(collector: &Arc<Collector>) -> Router {
    Router::new()
        .merge(grpc::routes(collector))
        .merge(http::routes(collector))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(collector), wire::pass))
}

fn say(line: impl std::fmt::Display) {
    println!("{line}");
    // The other end waits for the line.
    let _ = std::io::stdout().flush();
}

/// The lines of standard input, read by a thread of their own.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (told, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let _ = told.send(line);
        }
    });
    lines
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let collector = Arc::new(Collector::default());
    let mut door = Door::open_somewhere(routes(&collector)).await?;
    let mut flap = Flap::default();
    let mut lines = lines();
    say(door.address());
    loop {
        tokio::select! {
            line = lines.recv() => {
                let Some(line) = line else { return Ok(()) };
                let command = match line.parse() {
                    Ok(Command::Quit) => return Ok(()),
                    Ok(command) => command,
                    Err(why) => {
                        say(format_args!("error: {why}"));
                        continue;
                    }
                };
                flap.stop();
                match command.obey(&collector, &mut door, &mut flap).await {
                    Ok(Some(answer)) => say(answer),
                    // It is answered once what it waits for has come.
                    Ok(None) => {}
                    Err(error) => say(format_args!("error: {error}")),
                }
            }
            () = door.serve_next() => {}
            () = flap.due() => flap.turn(&mut door).await?,
        }
    }
}
