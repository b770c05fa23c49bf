//! What a thousand annotated functions cost to compile, and what they weigh: half of them async, all
//! of them returning a `Result`, unannotated and under each attribute.
//!
//! Each contender is a crate of its own, written below the target folder; their dependencies are the
//! same, and built before the clock starts.

mod program;
mod project;

use program::Attribute;
use project::{Cost, Project};

const FUNCTIONS: usize = 1000;
const ROUNDS: usize = 3;

fn main() {
    // `cargo test --benches` only asks whether this builds.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let attributes = [
        Attribute { name: "plain", text: "" },
        Attribute { name: "spanwise, `#[instrument]`", text: "#[spanwise::instrument]" },
        Attribute { name: "spanwise, `#[instrument(err)]`", text: "#[spanwise::instrument(err)]" },
        Attribute { name: "`tracing::instrument(skip_all)`", text: "#[tracing::instrument(skip_all)]" },
        Attribute { name: "`tracing::instrument(err)`", text: "#[tracing::instrument(err)]" },
        Attribute { name: "`fastrace::trace`", text: "#[fastrace::trace]" },
    ];
    let project = Project::new();
    for attribute in &attributes {
        project.write(attribute.name, &program::of(FUNCTIONS, attribute));
        project.warm_up(attribute.name);
    }
    // The rounds take turns, so that what the machine does besides falls on all alike.
    let mut costs: Vec<Vec<Cost>> = attributes.iter().map(|_| Vec::new()).collect();
    for round in 1..=ROUNDS {
        for (attribute, costs) in attributes.iter().zip(&mut costs) {
            eprintln!("round {round} of {ROUNDS}: {}", attribute.name);
            costs.push(project.cost(attribute.name));
        }
    }
    let medians: Vec<Cost> = costs.into_iter().map(Cost::median).collect();
    let plain = &medians[0];
    println!("| {FUNCTIONS} functions | check, CPU s | release, CPU s | `.text`, bytes a function |");
    println!("|---|---|---|---|");
    for (attribute, cost) in attributes.iter().zip(&medians) {
        #[allow(clippy::cast_precision_loss, reason = "a program's size is far from 2^52")]
        let text = (cost.text as f64 - plain.text as f64) / FUNCTIONS as f64;
        if attribute.text.is_empty() {
            println!("| {} | {:.1} | {:.1} | |", attribute.name, cost.check, cost.release);
        } else {
            println!(
                "| {} | +{:.1} | +{:.1} | +{text:.0} |",
                attribute.name,
                cost.check - plain.check,
                cost.release - plain.release
            );
        }
    }
    println!();
    println!("{}", project.sizes(&attributes));
    println!("{}", project.chains());
    println!("{}", project.macro_crates());
}
