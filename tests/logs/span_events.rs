//! Log events on spans.

use std::error::Error;

use spanwise::instrument;
use spanwise::logs::{Bridge, SpanEvents};
use spanwise::testing::Capture;
use tracing::level_filters::LevelFilter;
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
fn an_event_is_on_the_span_of_the_function_that_it_is_in() {
    let told = tree(SpanEvents::new(), || {
        works();
        works_unpublished();
        tracing::info!("outside of any");
    });
    assert_eq!(
        told,
        "works\n  • retrying attempt=2 spanwise.level=\"WARN\" spanwise.target=\"shop\"\nworks_unpublished\n  • inside \
         spanwise.level=\"INFO\" spanwise.target=\"shop\"\n"
    );
}

#[test]
fn up_to_a_level() {
    let told = tree(SpanEvents::new().with_max_level(LevelFilter::DEBUG), works);
    assert!(told.contains("• not by default"), "{told}");
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
fn an_event_of_a_bridged_span_is_there_once_and_one_that_names_its_span_is_on_that() {
    let told = tree(SpanEvents::new(), || {
        let elsewhere = tracing::info_span!("elsewhere");
        let _here = tracing::info_span!("here").entered();
        tracing::info!(target: "shop", "contextual");
        tracing::info!(target: "shop", parent: &elsewhere, "explicit");
        tracing::info!(target: "shop", parent: None, "of none");
    });
    let lines: Vec<_> = told.lines().map(|line| line.split(" spanwise").next().unwrap_or_default()).collect();
    assert_eq!(lines, ["elsewhere", "  • explicit", "here", "  • contextual"]);
}
