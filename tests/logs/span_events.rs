//! Log events as events of spans.

use std::error::Error;

use spanwise::instrument;
use spanwise::logs::{Bridge, SpanEvents};
use spanwise::testing::Capture;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

fn tree(layer: SpanEvents, work: impl FnOnce()) -> String {
    let capture = Capture::new();
    let subscriber = tracing_subscriber::registry().with(Bridge::new()).with(layer);
    tracing::subscriber::with_default(subscriber, || capture.run(work));
    assert_eq!(capture.open(), 0);
    capture.tree().to_string()
}

#[instrument]
fn works() {
    tracing::warn!(target: "shop", attempt = 2, "retrying");
    tracing::debug!("not by default");
}

#[instrument(unpublished)]
fn works_unpublished() {
    tracing::info!(target: "shop", "inside");
}

#[test]
fn an_event_is_on_the_span_of_its_function() {
    let text = tree(SpanEvents::new(), || {
        works();
        works_unpublished();
        tracing::info!("outside of any");
    });
    assert_eq!(
        text,
        "works\n  • retrying attempt=2 spanwise.level=\"WARN\" spanwise.target=\"shop\"\nworks_unpublished\n  • inside \
         spanwise.level=\"INFO\" spanwise.target=\"shop\"\n"
    );
}

#[test]
fn events_are_recorded_up_to_a_level() {
    let text = tree(SpanEvents::new().with_max_level(LevelFilter::DEBUG), works);
    assert!(text.contains("• not by default"), "{text}");
    assert_eq!(tree(SpanEvents::new().with_max_level(LevelFilter::ERROR), works), "works\n");
}

#[test]
fn an_error_is_an_exception() {
    #[instrument]
    fn fails() {
        let error: Box<dyn Error> = "x".parse::<u8>().expect_err("no number").into();
        tracing::error!(target: "shop", error = &*error, "no such order");
        tracing::error!(target: "shop", error = "by its text");
    }
    assert_eq!(
        tree(SpanEvents::new(), fails),
        "fails\n  • exception spanwise.level=\"ERROR\" spanwise.target=\"shop\" exception.message=\"invalid digit found in \
         string\" spanwise.message=\"no such order\"\n  • exception spanwise.level=\"ERROR\" spanwise.target=\"shop\" \
         exception.message=\"by its text\"\n"
    );
}

#[test]
fn an_event_of_a_bridged_span_is_recorded_once_and_an_explicit_parent_holds() {
    let text = tree(SpanEvents::new(), || {
        let elsewhere = tracing::info_span!("elsewhere");
        let _here = tracing::info_span!("here").entered();
        tracing::info!(target: "shop", "contextual");
        tracing::info!(target: "shop", parent: &elsewhere, "explicit");
        tracing::info!(target: "shop", parent: None, "of none");
    });
    let lines: Vec<_> = text.lines().map(|line| line.split(" spanwise").next().unwrap_or_default()).collect();
    assert_eq!(lines, ["elsewhere", "  • explicit", "here", "  • contextual"]);
}

#[test]
fn one_of_several_errors_is_the_exception_and_none_is_lost() {
    #[instrument]
    fn fails() {
        let number: Box<dyn Error> = "x".parse::<u8>().expect_err("no number").into();
        let text: Box<dyn Error> = "plain".into();
        tracing::error!(target: "shop", error = &*number, cause = &*text, "one");
        tracing::error!(target: "shop", cause = &*text, error = &*number, "two");
        tracing::error!(target: "shop", cause = &*text, other = &*number, error = "as text", "three");
    }
    let text = tree(SpanEvents::new(), fails);
    let lines: Vec<_> = text.lines().skip(1).collect();
    let common = "spanwise.level=\"ERROR\" spanwise.target=\"shop\"";
    let number = "invalid digit found in string";
    for (line, name) in lines.iter().zip(["one", "two"]) {
        assert_eq!(
            *line,
            format!(
                "  • exception cause=\"plain\" {common} exception.message=\"{number}\" spanwise.message=\"{name}\""
            )
        );
    }
    assert_eq!(
        lines[2],
        format!(
            "  • exception other=\"{number}\" error=\"as text\" {common} exception.message=\"plain\" \
             spanwise.message=\"three\""
        )
    );
}

#[test]
fn a_key_appears_once_and_the_text_of_an_error_is_bounded() {
    #[instrument]
    fn fails() {
        let long = "x".repeat(5000);
        tracing::event!(
            target: "shop",
            tracing::Level::ERROR,
            "exception.message" = "own",
            "spanwise.level" = "own",
            "spanwise.target" = "own",
            error = long,
        );
        tracing::event!(target: "shop", tracing::Level::INFO, "exception.message" = "kept", "no error");
    }
    let text = tree(SpanEvents::new(), fails);
    assert!(!text.contains("own"), "{text}");
    assert!(text.contains("x…\"") && !text.contains(&"x".repeat(4097)), "{text}");
    assert!(text.contains("• no error exception.message=\"kept\""), "{text}");
}

#[test]
fn an_event_whose_parent_is_hidden_is_on_the_current_span() {
    let capture = Capture::new();
    let hides = tracing_subscriber::filter::filter_fn(|metadata| metadata.name() != "hidden");
    let subscriber =
        tracing_subscriber::registry().with(Bridge::new().with_filter(hides)).with(SpanEvents::new());
    tracing::subscriber::with_default(subscriber, || {
        capture.run(|| {
            let hidden = tracing::info_span!("hidden");
            let _seen = tracing::info_span!("seen").entered();
            tracing::info!(target: "shop", parent: &hidden, "of what is hidden");
        });
    });
    assert!(capture.tree().to_string().starts_with("seen\n  • of what is hidden"), "{}", capture.tree());
}
