//! Spans that are kept out of OpenTelemetry's context.

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use spanwise::instrument;

use crate::lane::tree;

#[instrument(unpublished)]
fn hot() {
    spanwise::set_attribute("seen", "hot");
    let _ = warm();
}

#[instrument(unpublished, fields(n = 1), err)]
fn warm() -> Result<(), std::fmt::Error> {
    spanwise::event("half way", spanwise::attributes! {});
    published();
    Err(std::fmt::Error)
}

#[instrument]
fn published() {
    spanwise::set_attribute("seen", "published");
    leaf();
}

#[instrument(unpublished)]
fn leaf() {}

/// Parents among Spanwise's own spans are exact, published or not.
#[test]
fn parents_are_exact() {
    assert_eq!(
        tree(|| {
            let _root = spanwise::span!("root");
            hot();
            leaf();
        }),
        concat!(
            "test\n",
            "  root\n",
            "    hot seen=\"hot\"\n",
            "      warm n=1 error.type=\"core::fmt::Error\" ✗ \"an error occurred when formatting an argument\"\n",
            "        • half way\n",
            "        • exception exception.type=\"core::fmt::Error\" exception.message=\"an error occurred when \
             formatting an argument\"\n",
            "        published seen=\"published\"\n",
            "          leaf\n",
            "    leaf\n",
        )
    );
}

#[test]
fn without_anything_around_it_is_a_root() {
    assert_eq!(tree(leaf), "test\n  leaf\n");
}

#[test]
fn a_panic_passes_through() {
    #[instrument(unpublished)]
    fn panics() {
        leaf();
        std::panic::panic_any("on purpose");
    }

    let told = tree(|| {
        let _root = spanwise::span!("root");
        let _ = std::panic::catch_unwind(panics);
        leaf();
    });
    assert_eq!(
        told,
        concat!(
            "test\n",
            "  root\n",
            "    panics error.type=\"panic\" ✗ \"on purpose\"\n",
            "      • exception exception.type=\"panic\" exception.message=\"on purpose\"\n",
            "      leaf\n",
            "    leaf\n",
        )
    );
}

/// Someone else's context wins, and what hangs on it hangs on it.
#[test]
fn a_context_that_was_attached_in_between_wins() {
    #[instrument(unpublished)]
    fn under(context: &Context) {
        leaf();
        {
            let _attached = context.clone().attach();
            leaf();
        }
        leaf();
    }

    let told = tree(|| {
        let root = spanwise::span!("root");
        let other = {
            let _other = spanwise::span!("other");
            Context::current()
        };
        under(&other);
        drop(root);
    });
    assert_eq!(told, "test\n  root\n    other\n      leaf\n    under\n      leaf\n      leaf\n");
}

/// What says what it hangs on hangs on that, inside of an unpublished function as anywhere.
#[test]
fn a_root_and_a_given_parent_are_what_they_say() {
    #[instrument(root)]
    fn root() -> Option<String> {
        leaf();
        spanwise::current_trace_id()
    }

    #[instrument(parent = of)]
    fn given(of: &Context) {
        leaf();
    }

    #[instrument(unpublished)]
    fn under(of: &Context) {
        assert_ne!(root(), spanwise::current_trace_id());
        given(of);
        // The same as the one that is current: said all the same, and so not the one that is aside.
        given(&Context::current());
    }

    let told = tree(|| {
        let other = {
            let _other = spanwise::span!("other");
            Context::current()
        };
        under(&other);
    });
    let expected = "test\n  other\n    given\n      leaf\n  under\n  given\n    leaf\n";
    // Published, where there is no recorder, it is the one that is current.
    let published = "test\n  other\n    given\n      leaf\n  under\n    given\n      leaf\n";
    assert!([expected, published].contains(&told.as_str()), "{told}");
}

/// What is carried away keeps the exact parent, too.
#[test]
fn a_thread_that_is_given_the_context_hangs_on_it() {
    use spanwise::FutureExt as _;

    #[instrument(unpublished)]
    fn spawns() {
        let future = async { leaf() }.with_current_context();
        std::thread::spawn(|| spanwise_tests::block_on(future)).join().expect("no panic");
    }

    assert_eq!(tree(spawns), "test\n  spawns\n    leaf\n");
}

/// The trade: others see the nearest span that is published.
#[test]
fn other_libraries_hang_on_the_nearest_published_span() {
    #[instrument(unpublished)]
    fn calls_others() -> bool {
        let current = Context::current().span().span_context().span_id();
        opentelemetry::global::tracer("others").in_span("by others", |_| ());
        Some(current.to_string()) == spanwise::current_span_id()
    }

    let told = tree(|| {
        let _root = spanwise::span!("root");
        // True where there is no recorder: then it is published like any other.
        if calls_others() {
            eprintln!("published");
        }
    });
    let aside = "test\n  root\n    calls_others\n    by others\n";
    let published = "test\n  root\n    calls_others\n      by others\n";
    // Others know nothing of captures.
    let captured = "test\n  root\n    calls_others\n";
    assert!([aside, published, captured].contains(&told.as_str()), "{told}");
}
