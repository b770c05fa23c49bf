//! The compile time and the machine code of a thousand annotated functions. Half of them are async, and all return a
//! `Result`.
//!
//! There is one crate for each annotation, and one without any. The bench writes them below the target folder. All have
//! the same dependencies, which are built before the measurement starts.
//! `cargo bench -p spanwise-benches --bench compile` prints the tables of `README.md`.

mod program;
mod project;

use program::Annotation;
use project::{Cost, Project};
use spanwise_benches::process;

const FUNCTIONS: usize = 1000;
const ROUNDS: usize = 3;

fn main() {
    if !process::is_bench_run() {
        return;
    }
    let annotations = [
        Annotation { name: "plain", code: "" },
        Annotation { name: "spanwise, `#[instrument]`", code: "#[spanwise::instrument]" },
        Annotation { name: "spanwise, `#[instrument(err)]`", code: "#[spanwise::instrument(err)]" },
        Annotation { name: "`tracing::instrument(skip_all)`", code: "#[tracing::instrument(skip_all)]" },
        Annotation { name: "`tracing::instrument(err)`", code: "#[tracing::instrument(err)]" },
        Annotation { name: "`fastrace::trace`", code: "#[fastrace::trace]" },
    ];
    let project = Project::new();
    for annotation in &annotations {
        project.write(annotation.name, &program::functions(FUNCTIONS, annotation));
        project.warm_up(annotation.name);
    }
    // In each round every crate has a turn, so that other load on the machine affects all of them alike.
    let mut costs: Vec<Vec<Cost>> = annotations.iter().map(|_| Vec::new()).collect();
    for round in 1..=ROUNDS {
        for (annotation, costs) in annotations.iter().zip(&mut costs) {
            eprintln!("round {round} of {ROUNDS}: {}", annotation.name);
            costs.push(project.cost(annotation.name));
        }
    }
    let medians: Vec<Cost> = costs.into_iter().map(Cost::median).collect();
    let plain = &medians[0];
    println!("| {FUNCTIONS} functions | check, CPU s | release, CPU s | `.text`, bytes a function |");
    println!("|---|---|---|---|");
    for (annotation, cost) in annotations.iter().zip(&medians) {
        #[allow(clippy::cast_precision_loss, reason = "a program is smaller than 2^52 bytes")]
        let text = (cost.text as f64 - plain.text as f64) / FUNCTIONS as f64;
        if annotation.code.is_empty() {
            println!("| {} | {:.1} | {:.1} | |", annotation.name, cost.check, cost.release);
        } else {
            println!(
                "| {} | +{:.1} | +{:.1} | +{text:.0} |",
                annotation.name,
                cost.check - plain.check,
                cost.release - plain.release
            );
        }
    }
    println!();
    println!("{}", project.sizes(&annotations));
    println!("{}", project.chains());
    println!("{}", project.macro_crates());
}
