//! What a request costs beyond the plain one: CPU time of the whole process, in which nothing else runs.
//!
//! Each contender has a process of its own, since all of them set something up for a whole process. `cargo bench -p spanwise-benches
//! --bench http` prints the tables of `README.md`.

mod client;
mod server;
mod set_up;

use spanwise_benches::{median, process};

/// Of each contender, in turns.
const ROUNDS: usize = 9;

/// Nanoseconds per request.
fn told(side: &str, name: &str, more: &[&str]) -> f64 {
    let [nanoseconds] = process::numbers(&process::said(&[&[side, name], more].concat()));
    #[expect(clippy::cast_precision_loss, reason = "a few microseconds")]
    let nanoseconds = nanoseconds as f64;
    nanoseconds
}

/// The plain one is the first, and Spanwise the second.
fn table(title: &str, side: &str, names: &[&str], more: &[&str]) {
    let mut times = vec![Vec::new(); names.len()];
    for _ in 0..ROUNDS {
        for (name, times) in names.iter().zip(&mut times) {
            times.push(told(side, name, more));
        }
    }
    let times: Vec<_> = times.into_iter().map(median).collect();
    println!("\n### {title}\n\n| | ns per request | beyond plain | Spanwise to it |\n|---|---|---|---|");
    let ours = times[1] - times[0];
    for (name, time) in names.iter().zip(&times) {
        let beyond = time - times[0];
        let ratio = if beyond > 0.0 { format!("{:.2}×", ours / beyond) } else { String::new() };
        println!("| {name} | {time:.0} | {beyond:.0} | {ratio} |");
    }
}

fn main() {
    process::only_on_linux();
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
            let serving = client::Serving::start();
            let names = ["plain reqwest", "spanwise", "reqwest-tracing", "reqwest-tracing, without a level"];
            table(
                "Client, a request on a connection that is there, recorded",
                "client",
                &names,
                &[&serving.url],
            );
        }
    }
}
