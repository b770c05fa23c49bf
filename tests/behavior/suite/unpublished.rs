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
fn without_a_span_around_it_it_is_a_root() {
    assert_eq!(tree(leaf), "test\n  leaf\n");
}

#[test]
fn a_panic_passes_through() {
    #[instrument(unpublished)]
    fn panics() {
        leaf();
        std::panic::panic_any("on purpose");
    }

    let text = tree(|| {
        let _root = spanwise::span!("root");
        let _ = std::panic::catch_unwind(panics);
        leaf();
    });
    assert_eq!(
        text,
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

/// Another context that is attached inside becomes the parent, while it is attached.
#[test]
fn a_context_attached_inside_becomes_the_parent() {
    #[instrument(unpublished)]
    fn under(context: &Context) {
        leaf();
        {
            let _attached = context.clone().attach();
            leaf();
        }
        leaf();
    }

    let text = tree(|| {
        let root = spanwise::span!("root");
        let other = {
            let _other = spanwise::span!("other");
            Context::current()
        };
        under(&other);
        drop(root);
    });
    assert_eq!(text, "test\n  root\n    other\n      leaf\n    under\n      leaf\n      leaf\n");
}

/// An explicit parent holds inside of an unpublished function, too.
#[test]
fn an_explicit_root_or_parent_holds() {
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
        // The current context, explicitly: so the parent is its span, and not the unpublished one.
        given(&Context::current());
    }

    let text = tree(|| {
        let other = {
            let _other = spanwise::span!("other");
            Context::current()
        };
        under(&other);
    });
    let expected = "test\n  other\n    given\n      leaf\n  under\n  given\n    leaf\n";
    // On the lane without a recorder the span is published, so it is the current one.
    let published = "test\n  other\n    given\n      leaf\n  under\n    given\n      leaf\n";
    assert!([expected, published].contains(&text.as_str()), "{text}");
}

/// A carried context keeps the exact parent.
#[test]
fn a_thread_with_the_carried_context_has_the_exact_parent() {
    use spanwise::FutureExt as _;

    #[instrument(unpublished)]
    fn spawns() {
        let future = async { leaf() }.with_current_context();
        std::thread::spawn(|| spanwise_tests::block_on(future)).join().expect("no panic");
    }

    assert_eq!(tree(spawns), "test\n  spawns\n    leaf\n");
}

/// The price: other libraries see the nearest published span.
#[test]
fn other_libraries_see_the_nearest_published_span() {
    #[instrument(unpublished)]
    fn calls_others() -> bool {
        let current = Context::current().span().span_context().span_id();
        opentelemetry::global::tracer("others").in_span("by others", |_| ());
        Some(current.to_string()) == spanwise::current_span_id()
    }

    let text = tree(|| {
        let _root = spanwise::span!("root");
        // True on the lane without a recorder, where the span is published like any other.
        if calls_others() {
            eprintln!("published");
        }
    });
    let unpublished = "test\n  root\n    calls_others\n    by others\n";
    let published = "test\n  root\n    calls_others\n      by others\n";
    // Other libraries record nothing under a capture.
    let captured = "test\n  root\n    calls_others\n";
    assert!([unpublished, published, captured].contains(&text.as_str()), "{text}");
}
