//! Each row of the table of arguments in `runtime/docs/instrument.md`: a function with the argument shows the effect,
//! and the same function without it does not. So an argument that is ignored fails here.

mod attributes;
mod outcomes;
mod polls;
mod span;
mod wholes;

use opentelemetry::Value;
use spanwise::instrument;
use spanwise::testing::Capture;
use spanwise::testing::SpanRecord;

/// The spans of `work`, in the order they ended, under a span of the name `around`.
fn spans_of<T>(work: impl FnOnce() -> T) -> Vec<SpanRecord> {
    let capture = Capture::new();
    capture.run(|| {
        let _around = spanwise::span!("around");
        work();
    });
    capture.spans()
}

/// Asserts that something is true of the first span that ends with the argument, and not true without it.
fn row<T, U>(is_true: impl Fn(&SpanRecord) -> bool, with: impl FnOnce() -> T, without: impl FnOnce() -> U) {
    let with = spans_of(with);
    assert!(is_true(&with[0]), "the argument has no effect: {with:#?}");
    let without = spans_of(without);
    assert!(!is_true(&without[0]), "the same happens without the argument: {without:#?}");
}

fn attribute<'a>(span: &'a SpanRecord, key: &str) -> Option<&'a Value> {
    span.attribute(key)
}

fn has(key: &'static str, value: impl Into<Value>) -> impl Fn(&SpanRecord) -> bool {
    let value = value.into();
    move |span| attribute(span, key) == Some(&value)
}

/// Two closures that call the same function with these values: one with the argument, one without.
macro_rules! pair {
    (#[$($with:tt)*] #[$($without:tt)*] fn $parameters:tt $(-> $output:ty)? $body:block ($($value:expr),*)) => {(
        || {
            #[$($with)*]
            #[allow(unused_variables, clippy::trivially_copy_pass_by_ref)]
            fn function $parameters $(-> $output)? $body
            let _ = function($($value),*);
        },
        || {
            #[$($without)*]
            #[allow(unused_variables, clippy::trivially_copy_pass_by_ref)]
            fn function $parameters $(-> $output)? $body
            let _ = function($($value),*);
        },
    )};
}

pub(crate) use pair;

#[instrument]
fn inside() {}

#[derive(Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "user {}", self.id)
    }
}

/// The table's last column names tests of this binary.
#[test]
fn each_row_has_its_test() {
    let table = include_str!("../../runtime/docs/instrument.md");
    let here = concat!(
        include_str!("attributes.rs"),
        include_str!("outcomes.rs"),
        include_str!("polls.rs"),
        include_str!("span.rs"),
        include_str!("wholes.rs"),
    );
    let rows: Vec<&str> = table
        .lines()
        .skip_while(|line| !line.starts_with("| argument "))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.rsplit('|').nth(1))
        .map(str::trim)
        .collect();
    assert!(rows.len() >= 20, "{rows:?}");
    for row in rows {
        let name = row.trim_matches('`');
        assert!(
            here.contains(&format!("#[test]\nfn {name}() {{")),
            "the table names a test that does not exist: {name}"
        );
    }
}
