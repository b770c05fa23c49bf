//! The example that changes code from `tracing` and `fastrace` to Spanwise.

mod support;

use std::path::Path;

const TRACING: &str = r#"//! A module.
use tracing::{info, instrument, Span};
use other::instrument as not_ours;

/// Loads it; `#[instrument]` in a comment stays.
#[instrument(skip(db), fields(order.id, found, id = id, %name), err)]
async fn load(db: &Db, id: u64, name: &str) -> Result<(), Error> {
    Span::current().record("found", true);
    info!("loaded");
    Ok(())
}

#[tracing::instrument(level = "debug", skip_all, follows_from = causes)] fn next(causes: &[Id]) {}
#[cfg_attr(feature = "traced", tracing::instrument)]
fn sometimes() {}
#[not_ours] fn other() { tokio::spawn(work().in_current_span()); }

mod inner {
    use tracing::instrument as traced;
    #[traced] // stays here
    fn named_otherwise() {}
}
"#;

const MIGRATED: &str = r#"//! A module.
use tracing::{info, Span};
use spanwise::instrument;
use other::instrument as not_ours;

/// Loads it; `#[instrument]` in a comment stays.
#[instrument(skip(db), fields(order.id = Empty, found = Empty, id = id, %name), err)]
async fn load(db: &Db, id: u64, name: &str) -> Result<(), Error> {
    Span::current().record("found", true);
    info!("loaded");
    Ok(())
}

#[spanwise::instrument(level = "debug", skip_all, follows_from = causes)] fn next(causes: &[Id]) {}
#[cfg_attr(feature = "traced", spanwise::instrument)]
fn sometimes() {}
#[not_ours] fn other() { tokio::spawn(work().in_current_span()); }

mod inner {
    use spanwise::instrument as traced;
    #[traced] // stays here
    fn named_otherwise() {}
}
"#;

const FASTRACE: &str = r#"use fastrace::prelude::*;
use fastrace::trace;

#[trace(name = "a", enter_on_poll = true, properties = { "id": "{id}" })]
async fn a(id: u64) {
    LocalSpan::add_property(|| ("key", "value"));
}

#[fastrace::trace(crate = other::fastrace)]
fn b() {}
"#;

const OF_FASTRACE: &str = r#"use fastrace::prelude::*;
use spanwise::instrument;

#[instrument(name = "a", enter_on_poll = true, properties = { "id": "{id}" })]
async fn a(id: u64) {
    LocalSpan::add_property(|| ("key", "value"));
}

#[spanwise::instrument(crate = other::fastrace)]
fn b() {}
"#;

fn migrate(arguments: &[&str], folder: &Path) -> String {
    let output = support::example("migrate").args(arguments).arg(folder).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn attributes_and_imports_are_changed_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("of_tracing.rs"), TRACING).expect("it is written");
    std::fs::write(file("of_fastrace.rs"), FASTRACE).expect("it is written");
    std::fs::write(file("other.rs"), "fn main() {}\n").expect("it is written");
    let text = |name: &str| std::fs::read_to_string(file(name)).expect("text");

    let checked = migrate(&["--check"], folder.path());
    assert_eq!((text("of_tracing.rs"), text("of_fastrace.rs")), (TRACING.to_owned(), FASTRACE.to_owned()));
    assert!(checked.ends_with("would change 2 files\n"), "{checked}");

    let printed = migrate(&[], folder.path());
    assert_eq!(text("of_tracing.rs"), MIGRATED);
    assert_eq!(text("of_fastrace.rs"), OF_FASTRACE);
    assert_eq!(text("other.rs"), "fn main() {}\n");
    for (line, remark) in [
        ("of_tracing.rs:6", "add `args`"),
        ("of_tracing.rs:8", "`spanwise::set_attribute(..)`"),
        ("of_tracing.rs:13", "`follows_from` takes"),
        ("of_tracing.rs:16", "`future.with_current_context()`"),
        ("of_fastrace.rs:6", "`spanwise::set_attribute(\"key\", value)`"),
        ("of_fastrace.rs:9", "`crate = ..` says where fastrace is"),
    ] {
        let is_printed = printed.lines().any(|printed| printed.contains(line) && printed.contains(remark));
        assert!(is_printed, "{line} {remark}: {printed}");
    }

    // A second run finds nothing to change.
    assert!(migrate(&[], folder.path()).ends_with("changed 0 files\n"));
}

#[test]
fn arguments_are_recorded_where_asked_for() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("code.rs");
    let code = "use tracing::instrument;\n#[instrument] fn a(n: u8) {}\n#[instrument(err)] fn b() {}\n\
                #[instrument(skip_all)] fn c() {}\n";
    std::fs::write(&file, code).expect("it is written");
    migrate(&["--args"], folder.path());
    assert_eq!(
        std::fs::read_to_string(&file).expect("text"),
        "use spanwise::instrument;\n#[instrument(args)] fn a(n: u8) {}\n#[instrument(args, err)] fn b() {}\n\
         #[instrument(skip_all)] fn c() {}\n"
    );
}

/// What is not the attribute stays, and what cannot be changed safely is printed.
#[test]
fn what_only_looks_like_the_attribute_stays() {
    let folder = tempfile::tempdir().expect("a directory");
    let file = folder.path().join("code.rs");
    for (before, after, printed) in [
        ("use tracing::instrument::WithSubscriber;\n", "use tracing::instrument::WithSubscriber;\n", ""),
        ("use tracing::instrument::*;\n", "use tracing::instrument::*;\n", ""),
        (
            "use tracing::{instrument::{Instrument, WithSubscriber}, info};\n",
            "use tracing::{instrument::{Instrument, WithSubscriber}, info};\n",
            "",
        ),
        (
            "pub(crate) use fastrace::trace;\n#[trace] fn f() {}\n",
            "pub(crate) use fastrace::trace;\n#[trace] fn f() {}\n",
            "exports",
        ),
        (
            "#[cfg(feature = \"x\")]\nuse tracing::{info, instrument};\n",
            "#[cfg(feature = \"x\")]\nuse tracing::{info, instrument};\n",
            "exports",
        ),
        (
            "use {tracing::instrument, std::fmt};\n",
            "use {tracing::instrument, std::fmt};\n",
            "several crates",
        ),
        (
            "use tracing::field::*;\nuse spanwise::instrument;\n#[instrument(fields(id = id))] fn f(id: u8) {}\n",
            "use tracing::field::*;\nuse spanwise::instrument;\n#[instrument(fields(id = id))] fn f(id: u8) {}\n",
            "",
        ),
        (
            "#[tracing::instrument(skip_all, fields(n = f::<A, B>(x), m))]\nfn g() {}\n",
            "#[spanwise::instrument(skip_all, fields(n = f::<A, B>(x), m = Empty))]\nfn g() {}\n",
            "",
        ),
        (
            "use tracing::{\r\n    info, // logging\r\n    instrument, // spans\r\n    warn,\r\n};\r\n",
            "use tracing::{\r\n    info, // logging\r\n    // spans\r\n    warn,\r\n};\r\nuse spanwise::instrument;\r\n",
            "",
        ),
        (
            "use tracing::{\n    instrument,\n    warn,\n};\n",
            "use tracing::{\n    warn,\n};\nuse spanwise::instrument;\n",
            "",
        ),
        (
            "// \u{fc}\u{1f980}\nuse tracing::*;\nfn f() {}\n#[instrument] fn g() {}\n",
            "// \u{fc}\u{1f980}\nuse tracing::*;\nuse spanwise::instrument;\nfn f() {}\n#[instrument] fn g() {}\n",
            "add `args`",
        ),
    ] {
        std::fs::write(&file, before).expect("it is written");
        let output = migrate(&[], folder.path());
        assert_eq!(std::fs::read_to_string(&file).expect("text"), after);
        assert!(output.contains(printed), "{before}: {output}");
        // A second run finds nothing to change.
        assert!(migrate(&[], folder.path()).ends_with("changed 0 files\n"), "{before}");
    }
}
