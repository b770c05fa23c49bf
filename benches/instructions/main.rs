//! Measures the same calls as `span`, in instructions. Instruction counts are repeatable; times are not.
//!
//! Valgrind's callgrind counts the instructions of this program on all threads, once with two thousand root spans and
//! once with four thousand. The difference is the cost of two thousand roots and the calls below them.
//! `cargo bench -p spanwise-benches --bench instructions` prints the table of `README.md`.

#[path = "../peers/mod.rs"]
mod peers;

use std::process::Command;

use peers::{CALLS, bare, fastrace_peer, sdk_peer, spanwise_peer, tracing_peer};
use spanwise_benches::process;

/// Root spans. Starting a process takes a number of instructions that varies by a million; with this many roots that does
/// not matter.
const ROOTS: u32 = 2_000;
/// Root spans between two flushes. Their spans fit into the queue of every contender.
const BURST: u32 = 20;
/// The first argument of a process whose instructions are counted. The case and the number of roots follow.
const COUNTED: &str = "counted";

/// The cases: the name in the table, and the argument for the process.
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
        _ if process::is_bench_run() => compare(),
        _ => {}
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

/// Returns the instructions of a process that runs a case.
fn count(case: &str, roots: u32) -> u64 {
    let program = std::env::current_exe().expect("the system knows the path of this program");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args([COUNTED, case, &roots.to_string()])
        .output()
        .expect("this bench needs valgrind, which counts the instructions");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let collected = stderr.lines().find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.unwrap_or_else(|| panic!("valgrind counted nothing: {stderr}"));
    count.trim().parse().expect("a number")
}

fn run(case: &str, roots: u32) {
    let repeat = |work: &dyn Fn(), flush: &dyn Fn()| {
        for root in 1..=roots {
            work();
            if root % BURST == 0 {
                flush();
            }
        }
    };
    match case {
        "bare" => repeat(&bare::calls, &|| ()),
        "registry" => {
            let registry = tracing_peer::Subscribed::to_registry();
            repeat(&|| registry.sampled(), &|| ());
        }
        "spanwise-off" => repeat(&spanwise_peer::off, &|| ()),
        "sdk" | "sdk-polls" | "tracing" => {
            let sdk = sdk_peer::Sdk::new();
            let flush = || sdk.flush();
            match case {
                "sdk-polls" => repeat(&|| sdk.polls(), &flush),
                "tracing" => {
                    let tracing = tracing_peer::Subscribed::to_opentelemetry(&sdk);
                    repeat(&|| tracing.sampled(), &flush);
                }
                _ => repeat(&|| sdk.sampled(), &flush),
            }
        }
        _ if case.starts_with("fastrace") => {
            fastrace_peer::set_up();
            match case {
                "fastrace-polls" => repeat(&fastrace_peer::polls, &fastrace::flush),
                "fastrace-unsampled" => repeat(&fastrace_peer::not_sampled, &fastrace::flush),
                _ => repeat(&fastrace_peer::sampled, &fastrace::flush),
            }
        }
        _ => {
            let guard = spanwise_peer::set_up();
            let flush = || guard.force_flush_blocking().expect("nothing is exported");
            match case {
                "bridge" => {
                    let bridge = tracing_peer::Subscribed::to_bridge();
                    repeat(&|| bridge.sampled(), &flush);
                }
                "spanwise-argument" => repeat(&spanwise_peer::one_argument, &flush),
                "spanwise-unpublished" => repeat(&spanwise_peer::unpublished, &flush),
                "spanwise-polls" => repeat(&spanwise_peer::polls, &flush),
                "spanwise-unsampled" => repeat(&spanwise_peer::not_sampled, &flush),
                _ => repeat(&spanwise_peer::sampled, &flush),
            }
        }
    }
}
