//! How much CPU time tracing adds to an HTTP request.
//!
//! Each contender runs in its own process, because each one sets up its whole process; the CPU time of all threads counts.
//! `cargo bench -p spanwise-benches --bench http` prints the tables of `README.md`.

mod client;
mod measure;
mod server;
mod set_up;

use spanwise_benches::median;
use spanwise_benches::process::{self, ServerProcess};

/// How often each contender runs. They take turns.
const ROUNDS: usize = 9;

/// Runs a contender in its own process and returns the nanoseconds per request.
fn run(side: &str, name: &str, arguments: &[&str]) -> f64 {
    let [nanoseconds] = process::parse_numbers(&process::output_of(&[&[side, name], arguments].concat()));
    #[expect(clippy::cast_precision_loss, reason = "a few microseconds")]
    let nanoseconds = nanoseconds as f64;
    nanoseconds
}

/// Measures the contenders and prints a table. The first one is without tracing; the second one is Spanwise.
fn table(title: &str, side: &str, names: &[&str], arguments: &[&str]) {
    let mut times = vec![Vec::new(); names.len()];
    for _ in 0..ROUNDS {
        for (name, times) in names.iter().zip(&mut times) {
            times.push(run(side, name, arguments));
        }
    }
    let times: Vec<_> = times.into_iter().map(median).collect();
    println!("\n### {title}\n\n| | ns per request | beyond plain | Spanwise to it |\n|---|---|---|---|");
    let spanwise = times[1] - times[0];
    for (name, time) in names.iter().zip(&times) {
        let beyond = time - times[0];
        let ratio = if beyond > 0.0 { format!("{:.2}×", spanwise / beyond) } else { String::new() };
        println!("| {name} | {time:.0} | {beyond:.0} | {ratio} |");
    }
}

fn main() {
    process::require_linux();
    let arguments = process::arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["server", name] => server::run(name),
        ["client", name, url] => client::run(name, url),
        ["serve"] => client::serve(),
        _ => {
            let names = [
                "plain axum",
                "spanwise",
                "opentelemetry-instrumentation-tower",
                "axum-tracing-opentelemetry",
                "axum-tracing-opentelemetry, without a level",
                "*(a layer that does nothing)*",
            ];
            table("Server, a request with a caller's context, recorded", "server", &names, &[]);
            let server = ServerProcess::start(&["serve"]);
            let names = ["plain reqwest", "spanwise", "reqwest-tracing", "reqwest-tracing, without a level"];
            table(
                "Client, a request on a connection that is there, recorded",
                "client",
                &names,
                &[server.url()],
            );
        }
    }
}
