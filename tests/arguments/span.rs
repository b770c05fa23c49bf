//! The span itself: its name, its kind, its parent and its links.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use spanwise::instrument;
use spanwise::testing::SpanRecord;

use crate::{has, inside, pair, row, spans_of};

#[test]
fn name() {
    const LOAD: &str = "load it";
    let (with, without) = pair!(#[instrument(name = "load")] #[instrument] fn () {} ());
    row(|span| span.name == "load", with, without);
    let (with, without) = pair!(#[instrument(name = LOAD)] #[instrument] fn () {} ());
    row(|span| span.name == LOAD, with, without);
    let (with, without) =
        pair!(#[instrument(name = format!("load {id} of {}", id + 1))] #[instrument] fn (id: u8) {} (1));
    row(|span| span.name == "load 1 of 2", with, without);
}

#[test]
fn short_name() {
    let (with, without) =
        pair!(#[instrument(short_name = false)] #[instrument(short_name = true)] fn () {} ());
    row(|span| span.name == concat!(module_path!(), "::function"), with, without);
}

#[test]
fn kind() {
    let (with, without) = pair!(#[instrument(kind = client)] #[instrument] fn () {} ());
    row(|span| span.kind == SpanKind::Client, with, without);
    let (with, without) =
        pair!(#[instrument(kind = "consumer")] #[instrument(kind = SpanKind::Server)] fn () {} ());
    row(|span| span.kind == SpanKind::Consumer, with, without);
}

#[test]
fn scope() {
    let (with, without) = pair!(#[instrument(scope = "billing")] #[instrument] fn () {} ());
    row(|span| span.scope.name() == "billing" && span.scope.version().is_none(), with, without);
    row(
        |span| {
            span.scope.name() == "spanwise-tests" && span.scope.version() == Some(env!("CARGO_PKG_VERSION"))
        },
        without,
        with,
    );
}

#[test]
fn target() {
    const BILLING: &str = "billing";
    let (with, without) = pair!(#[instrument(target = BILLING)] #[instrument] fn () {} ());
    row(|span| span.scope.name() == "billing", with, without);
}

/// One test, because the maximum level is a setting of the process.
#[test]
fn level() {
    let (with, without) = pair!(#[instrument(level = "debug")] #[instrument] fn () {} ());
    row(has("spanwise.level", "DEBUG"), with, without);
    let (with, without) = pair!(#[instrument(level = Level::WARN)] #[instrument(level = 5)] fn () {} ());
    row(has("spanwise.level", "WARN"), with, without);
    row(has("spanwise.level", "ERROR"), without, with);

    let (debug, info) = pair!(#[instrument(level = debug)] #[instrument(level = info)] fn () {
        inside();
    } ());
    let names = |spans: Vec<SpanRecord>| spans.iter().map(|span| span.name.to_string()).collect::<Vec<_>>();
    spanwise::set_max_level(spanwise::Level::Info);
    // Its children become children of the span around it.
    assert_eq!(names(spans_of(debug)), ["inside", "around"]);
    assert_eq!(names(spans_of(info)), ["inside", "function", "around"]);
    // Also where it would be a root: its children become children of the span around it.
    let (debug_root, info_root) = pair!(#[instrument(level = debug, root)] #[instrument(level = info, root)] fn () {
        inside();
    } ());
    let traces = |spans: Vec<SpanRecord>| {
        spans.iter().all(|span| span.context.trace_id() == spans[0].context.trace_id())
    };
    assert!(traces(spans_of(debug_root)));
    assert!(!traces(spans_of(info_root)));
    let (debug_value, info_value) =
        pair!(#[instrument(ret(level = debug))] #[instrument(ret(level = info))] fn (n: u8) -> u8 { n } (5));
    row(has("spanwise.return", 5), info_value, debug_value);
    let (debug_error, info_error) = pair!(
        #[instrument(err(level = debug))]
        #[instrument(err(level = info))]
        fn () -> Result<(), String> { Err("expected".to_owned()) } ()
    );
    row(|span| span.events.len() == 1 && !span.is_error(), info_error, debug_error);
    spanwise::set_max_level(spanwise::Level::Trace);
    assert_eq!(names(spans_of(debug)), ["inside", "function", "around"]);
}

fn elsewhere() -> SpanContext {
    SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::SAMPLED, true, TraceState::NONE)
}

fn hangs_elsewhere(span: &SpanRecord) -> bool {
    span.parent_span_id == SpanId::from(9) && span.context.trace_id() == TraceId::from(7)
}

fn headers() -> HashMap<String, String> {
    let parent = format!("00-{:032x}-{:016x}-01", 7, 9);
    HashMap::from([("TraceParent".to_owned(), parent)])
}

#[test]
fn parent() {
    let context = Context::new().with_remote_span_context(elsewhere());
    let (with, without) =
        pair!(#[instrument(parent = context)] #[instrument] fn (context: Context) {} (context.clone()));
    row(hangs_elsewhere, with, without);
    let (with, without) =
        pair!(#[instrument(parent = &span)] #[instrument] fn (span: SpanContext) {} (elsewhere()));
    row(hangs_elsewhere, with, without);
    let (with, without) = pair!(#[instrument(parent = headers)] #[instrument] fn (headers: &HashMap<String, String>) {} (&headers()));
    row(|span| hangs_elsewhere(span) && span.parent_is_remote, with, without);
    let (with, without) = pair!(#[instrument(parent = Some(headers))] #[instrument(parent = None)] fn (headers: &http::HeaderMap) {} (
        &headers().into_iter().map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap())).collect()
    ));
    row(hangs_elsewhere, with, without);
    // An `Option` that is `None` makes a root, as `parent = None` does.
    let (with, without) =
        pair!(#[instrument(parent = span)] #[instrument] fn (span: Option<SpanContext>) {} (None));
    row(|span| span.parent_span_id == SpanId::INVALID, with, without);
    let (with, without) = pair!(#[instrument(parent = headers)] #[instrument] fn (headers: &HashMap<String, String>) {} (&HashMap::new()));
    row(|span| span.parent_span_id == SpanId::INVALID, with, without);
}

#[test]
fn root() {
    let (with, without) = pair!(#[instrument(root)] #[instrument] fn () {} ());
    row(|span| span.parent_span_id == SpanId::INVALID, with, without);
}

#[test]
fn links() {
    let is_linked = |span: &SpanRecord| span.links.len() == 2 && span.links[0].span_context == elsewhere();
    let (with, without) = pair!(#[instrument(links = [first, &first.clone()])] #[instrument] fn (first: &SpanContext) {} (&elsewhere()));
    row(is_linked, with, without);
    let (with, without) = pair!(#[instrument(links = batch)] #[instrument] fn (batch: Vec<Option<HashMap<String, String>>>) {} (
        vec![Some(headers()), None, Some(headers()), Some(HashMap::new())]
    ));
    row(is_linked, with, without);
}

#[test]
fn follows_from() {
    let (with, without) = pair!(#[instrument(follows_from = cause)] #[instrument] fn (cause: Option<Context>) {} (
        Some(Context::new().with_remote_span_context(elsewhere()))
    ));
    row(|span| span.links.len() == 1 && span.links[0].span_context == elsewhere(), with, without);
}

/// The sampler sees what is known when the span starts. A name that is formatted at run time is not.
#[test]
fn the_sampler_sees_what_is_known_at_the_start() {
    use std::sync::{Arc, Mutex};

    use opentelemetry::KeyValue;
    use opentelemetry::trace::Link;
    use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};

    type Seen = Arc<Mutex<Vec<(String, SpanKind, Vec<String>, usize)>>>;

    #[derive(Clone, Debug)]
    struct Notes(Seen);

    impl ShouldSample for Notes {
        fn should_sample(
            &self,
            _parent: Option<&Context>,
            _trace_id: TraceId,
            name: &str,
            kind: &SpanKind,
            attributes: &[KeyValue],
            links: &[Link],
        ) -> SamplingResult {
            let keys = attributes.iter().map(|attribute| attribute.key.to_string());
            let keys = keys.filter(|key| !key.starts_with("code.")).collect();
            self.0.lock().expect("not poisoned").push((name.to_owned(), kind.clone(), keys, links.len()));
            SamplingResult {
                decision: SamplingDecision::RecordAndSample,
                attributes: Vec::new(),
                trace_state: TraceState::NONE,
            }
        }
    }

    #[instrument(name = format!("load {id}"), kind = client, args, fields(later = Empty, n = 1), links = elsewhere())]
    fn load(id: u8) {}

    let seen = Seen::default();
    let provider = SdkTracerProvider::builder().with_sampler(Notes(Arc::clone(&seen))).build();
    let _attached = spanwise::Provider::new(provider).in_context(&Context::new()).attach();
    load(7);
    assert_eq!(
        *seen.lock().expect("not poisoned"),
        [("load".to_owned(), SpanKind::Client, vec!["id".to_owned(), "n".to_owned()], 1)]
    );
}

/// Which span OpenTelemetry's context holds within the function.
#[test]
fn unpublished() {
    fn is_published() -> bool {
        let published = Context::current().span().span_context().span_id();
        spanwise::current_span_id() == Some(published.to_string())
    }

    #[instrument(unpublished)]
    fn is_unpublished() -> bool {
        is_published()
    }

    #[instrument]
    fn published() -> bool {
        is_published()
    }

    for (function, expected, name) in
        [(is_unpublished as fn() -> bool, false, "is_unpublished"), (published, true, "published")]
    {
        let spans = spans_of(|| assert_eq!(function(), expected, "{name}"));
        let [inner, around] = spans.as_slice() else { panic!("{spans:#?}") };
        assert_eq!(inner.name, name);
        assert_eq!(inner.parent_span_id, around.context.span_id());
    }
}
