//! The same as `span`, in instructions: repeatable, where seconds are not.
//!
//! Valgrind's callgrind counts the instructions of this program with two thousand roots and with four thousand;
//! the difference is what two thousand roots with their calls cost, on all threads.
//! `cargo bench -p spanwise-benches --bench instructions` prints the table of `README.md`.

#[path = "../peers/mod.rs"]
mod peers;

use std::process::Command;

use peers::{CALLS, bare, fastrace_peer, sdk_peer, spanwise_peer, tracing_peer};
use spanwise_benches::process;

/// So many that what the start of a process takes, which differs by a million from one to the next, does not show.
const ROOTS: u32 = 2_000;
/// Roots before everyone settles: no more spans than anyone has room for.
const BURST: u32 = 20;
/// The argument of a process whose instructions are counted; a case and a number of roots follow.
const COUNTED: &str = "counted";

/// What is counted, as it is called in the table, and among processes.
const CASES: [(&str, &str); 15] = [
    ("sampled: spanwise", "spanwise"),
    ("sampled: opentelemetry_sdk by hand, batch processor", "sdk"),
    ("sampled: tracing-opentelemetry, batch processor", "tracing"),
    ("sampled: fastrace", "fastrace"),
    ("spans of tracing: spanwise's bridge", "bridge"),
    ("spans of tracing: tracing-subscriber's registry alone", "registry"),
    ("sampled, one argument: spanwise", "spanwise-argument"),
    ("unpublished: spanwise", "spanwise-unpublished"),
    ("each poll: spanwise", "spanwise-polls"),
    ("each poll: opentelemetry by hand", "sdk-polls"),
    ("each poll: fastrace", "fastrace-polls"),
    ("parent not sampled: spanwise", "spanwise-unsampled"),
    ("parent not sampled: fastrace", "fastrace-unsampled"),
    ("off: spanwise", "spanwise-off"),
    ("the bare call", "bare"),
];

fn main() {
    let arguments = process::arguments();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [COUNTED, case, roots] => run(case, roots.parse().expect("a number")),
        // `cargo test --benches` only asks whether this builds.
        _ if !arguments.iter().any(|argument| argument == "--bench") => {}
        _ => compare(),
    }
}

fn compare() {
    println!("| | instructions |\n|---|---|");
    for (name, case) in CASES {
        let (once, twice) = (count(case, ROOTS), count(case, 2 * ROOTS));
        let each = twice.saturating_sub(once) / u64::from(ROOTS * CALLS);
        println!("| {name} | {each} |");
    }
}

/// Instructions of a process that runs a case.
fn count(case: &str, roots: u32) -> u64 {
    let program = std::env::current_exe().expect("the system knows what it runs");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([COUNTED, case, &roots.to_string()])
        .output()
        .expect("valgrind is installed: it counts the instructions");
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.unwrap_or_else(|| panic!("valgrind counted nothing: {said}"));
    count.trim().parse().expect("a number")
}

fn run(case: &str, roots: u32) {
    let times = |work: &dyn Fn(), settle: &dyn Fn()| {
        for root in 1..=roots {
            work();
            if root % BURST == 0 {
                settle();
            }
        }
    };
    match case {
        "bare" => times(&bare::calls, &|| ()),
        "registry" => {
            let registry = tracing_peer::RegistryAlone::new();
            times(&|| registry.sampled(), &|| ());
        }
        "spanwise-off" => times(&spanwise_peer::off, &|| ()),
        "sdk" | "sdk-polls" | "tracing" => {
            let sdk = sdk_peer::Sdk::new();
            let settle = || sdk.settle();
            match case {
                "sdk-polls" => times(&|| sdk.polls(), &settle),
                "tracing" => {
                    let tracing = tracing_peer::WithOpenTelemetry::new(&sdk);
                    times(&|| tracing.sampled(), &settle);
                }
                _ => times(&|| sdk.sampled(), &settle),
            }
        }
        _ if case.starts_with("fastrace") => {
            fastrace_peer::set_up();
            match case {
                "fastrace-polls" => times(&fastrace_peer::polls, &fastrace::flush),
                "fastrace-unsampled" => times(&fastrace_peer::not_sampled, &fastrace::flush),
                _ => times(&fastrace_peer::sampled, &fastrace::flush),
            }
        }
        _ => {
            let guard = spanwise_peer::set_up();
            let settle = || guard.force_flush_blocking().expect("nothing is sent");
            match case {
                "bridge" => {
                    let bridged = tracing_peer::Bridged::new();
                    times(&|| bridged.sampled(), &settle);
                }
                "spanwise-argument" => times(&spanwise_peer::one_argument, &settle),
                "spanwise-unpublished" => times(&spanwise_peer::unpublished, &settle),
                "spanwise-polls" => times(&spanwise_peer::polls, &settle),
                "spanwise-unsampled" => times(&spanwise_peer::not_sampled, &settle),
                _ => times(&spanwise_peer::sampled, &settle),
            }
        }
    }
}
