//! A collector that follows a script: it accepts spans, refuses them, never answers, breaks connections, goes away and comes
//! back. It is a process of its own, as a collector is.
//!
//! One port serves OTLP/gRPC and OTLP/HTTP. The first line of standard output is its address. It then reads a [`command`]
//! from each line of standard input, and replies with a line. A [`mode`] says how it serves requests. It ends when standard
//! input is closed.

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

/// The routes of both protocols.
fn routes(collector: &Arc<Collector>) -> Router {
    Router::new()
        .merge(grpc::routes(collector))
        .merge(http::routes(collector))
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(collector), wire::pass))
}

fn say(line: impl std::fmt::Display) {
    println!("{line}");
    // The test waits for the line.
    let _ = std::io::stdout().flush();
}

/// The lines of standard input, which a thread of their own reads.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (sender, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let _ = sender.send(line);
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
                    // The reply comes once the awaited number is reached.
                    Ok(None) => {}
                    Err(error) => say(format_args!("error: {error}")),
                }
            }
            () = door.serve_next() => {}
            () = flap.due() => flap.turn(&mut door).await?,
        }
    }
}
