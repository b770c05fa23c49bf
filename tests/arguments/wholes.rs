//! Arguments on whole blocks, and the path of the runtime crate.

use opentelemetry::trace::SpanKind;
use spanwise::instrument;

use crate::{attribute, has, inside, pair, row, spans_of};

#[test]
fn skip_all() {
    let defaults = || Defaults::leaves_all_out(1);
    row(|span| attribute(span, "n").is_none(), defaults, || Defaults::takes(1));
}

pub(crate) struct Defaults;

#[instrument(args, err, kind = client)]
impl Defaults {
    #[instrument(skip_all)]
    fn leaves_all_out(n: u8) {
        let _ = n;
    }

    fn takes(n: u8) {
        let _ = n;
    }

    #[instrument(off)]
    fn left_out() {}

    #[instrument(err(off))]
    pub(crate) fn is_no_failure() -> Result<(), String> {
        Err("expected".to_owned())
    }
}

mod reexported {
    pub(crate) mod inner {
        pub(crate) use spanwise::*;
    }
}

/// Here a `crate` that is ignored would go unnoticed, because `::spanwise` exists. In `tests/fixtures/renamed` it does
/// not.
#[test]
fn krate() {
    #[instrument(crate = reexported::inner, args)]
    fn through(n: u8) {
        let _ = n;
    }

    assert!(has("n", 5)(&spans_of(|| through(5))[0]));
}

#[test]
fn off() {
    row(|span| span.name == "around", Defaults::left_out, || Defaults::takes(1));
    let (with, without) = pair!(#[instrument(off)] #[instrument] fn () {} ());
    row(|span| span.name == "around", with, without);
}

#[test]
fn on_a_whole() {
    row(
        |span| span.name == "Defaults::takes" && span.kind == SpanKind::Client && has("n", 1)(span),
        || Defaults::takes(1),
        inside,
    );
}
