//! Every row of the table of arguments in `runtime/src/instrument.md`: that the argument does what the
//! row says, and that the same function without it does not. An argument that is ignored fails here.

use std::collections::HashMap;
use std::future::Future;

use opentelemetry::Context;
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, Value};
use spanwise::testing::Capture;
use spanwise::{Redacted, SpanRecord, instrument};
use spanwise_tests::block_on;

/// The spans of `work`, in the order they ended, under a span of the name `around`.
fn spans_of<T>(work: impl FnOnce() -> T) -> Vec<SpanRecord> {
    let capture = Capture::new();
    capture.run(|| {
        let _around = spanwise::span!("around");
        work();
    });
    capture.spans()
}

/// What is true of the first span that ends with the argument is not true of it without.
fn row<T, U>(is_true: impl Fn(&SpanRecord) -> bool, with: impl FnOnce() -> T, without: impl FnOnce() -> U) {
    let with = spans_of(with);
    assert!(is_true(&with[0]), "not with the argument: {with:#?}");
    let without = spans_of(without);
    assert!(!is_true(&without[0]), "without the argument, too: {without:#?}");
}

fn attribute<'a>(span: &'a SpanRecord, key: &str) -> Option<&'a Value> {
    span.attribute(key)
}

fn has(key: &'static str, value: impl Into<Value>) -> impl Fn(&SpanRecord) -> bool {
    let value = value.into();
    move |span| attribute(span, key) == Some(&value)
}

/// One function with the argument and without, called with these values.
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

/// All of it in one test, because the highest level is the process's.
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
    // What it holds hangs on the span around it.
    assert_eq!(names(spans_of(debug)), ["inside", "around"]);
    assert_eq!(names(spans_of(info)), ["inside", "function", "around"]);
    spanwise::set_max_level(spanwise::Level::Trace);
    assert_eq!(names(spans_of(debug)), ["inside", "function", "around"]);
}

#[instrument]
fn inside() {}

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
    // An `Option` that holds nothing is a root, as `parent = None` is.
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

#[derive(Debug)]
struct User {
    id: u64,
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "user {}", self.id)
    }
}

#[test]
fn fields() {
    const NAME: &str = "from.a.constant";
    // The names come with the field, because a macro's own are not those of its caller.
    macro_rules! field {
        ($user:ident $n:ident: $($field:tt)*) => {
            pair!(
                #[instrument(fields($($field)*))]
                #[instrument]
                fn ($user: &User, $n: u8) {} (&User { id: 7 }, 5)
            )
        };
    }
    let (with, without) = field!(user n: user.id);
    row(has("user.id", 7), with, without);
    let (with, without) = field!(user n: order.user.id = user.id + 1);
    row(has("order.user.id", 8), with, without);
    let (with, without) = field!(user n: "quoted name" = n);
    row(has("quoted name", 5), with, without);
    let (with, without) = field!(user n: { NAME } = n);
    row(has(NAME, 5), with, without);
    let (with, without) = field!(user n: type = "keyword");
    row(has("type", "keyword"), with, without);
    let (with, without) = field!(user n: %user);
    row(has("user", "user 7"), with, without);
    let (with, without) = field!(user n: ?user);
    row(has("user", "User { id: 7 }"), with, without);
    let (with, without) = field!(user n: who = %user);
    row(has("who", "user 7"), with, without);
    let (with, without) = field!(user n: length = user.to_string().len());
    row(has("length", 6), with, without);
    let (with, without) = field!(user n: some = Some(1.5), none = None::<u8>);
    row(|span| has("some", 1.5)(span) && attribute(span, "none").is_none(), with, without);
    let (with, without) = field!(user n: list = [n, 6]);
    row(has("list", Value::Array(Array::I64(vec![5, 6]))), with, without);
}

#[test]
fn fields_empty() {
    let fills = |span: &SpanRecord| attribute(span, "found") == Some(&Value::from(3));
    let (with, without) = pair!(#[instrument(fields(found = Empty, tracing = tracing::field::Empty))] #[instrument] fn (fill: bool) {
        if fill { spanwise::set_attribute("found", 3); }
    } (true));
    let spans = spans_of(with);
    assert!(fills(&spans[0]) && attribute(&spans[0], "tracing").is_none());
    // Declaring it does nothing to a span, so there is nothing to see without; it only has to be taken.
    without();
}

#[test]
fn properties() {
    let (with, without) = pair!(
        #[instrument(properties = { "who": "user {id}", "what": "a user", "braces": "{{}}" })]
        #[instrument]
        fn (id: u8) {} (1)
    );
    row(
        |span| has("who", "user 1")(span) && has("what", "a user")(span) && has("braces", "{}")(span),
        with,
        without,
    );
}

#[test]
fn args() {
    let (with, without) =
        pair!(#[instrument(args)] #[instrument] fn (n: u8, user: &User) {} (5, &User { id: 7 }));
    row(|span| has("n", 5)(span) && has("user", "User { id: 7 }")(span), with, without);
}

#[test]
fn args_leaves_secrets_out() {
    let (with, without) = pair!(#[instrument(args)] #[instrument(fields(password))] fn (password: &str, pin: Redacted<u16>) {} ("x", Redacted(1234)));
    row(|span| attribute(span, "password").is_none(), with, without);
    assert!(spans_of(with)[0].attribute("pin").is_none());
}

#[test]
fn skip() {
    let (with, without) = pair!(#[instrument(args, skip(n))] #[instrument(args)] fn (n: u8, m: u8) {} (5, 6));
    row(|span| attribute(span, "n").is_none() && has("m", 6)(span), with, without);
}

#[test]
fn skip_all() {
    let defaults = || Defaults::leaves_all_out(1);
    row(|span| attribute(span, "n").is_none(), defaults, || Defaults::takes(1));
}

struct Defaults;

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
    fn is_no_failure() -> Result<(), String> {
        Err("expected".to_owned())
    }
}

#[test]
fn field() {
    #[instrument]
    fn recorded(#[field] n: u8) {
        let _ = n;
    }

    #[instrument]
    fn unrecorded(n: u8) {
        let _ = n;
    }

    row(has("n", 5), || recorded(5), || unrecorded(5));
    #[instrument]
    fn named(#[field(name = "user.id", debug)] user: &User, #[field(display)] shown: &User, other: u8) {
        let _ = (user, shown, other);
    }
    let spans = spans_of(|| named(&User { id: 7 }, &User { id: 8 }, 9));
    assert!(has("user.id", "User { id: 7 }")(&spans[0]));
    assert!(has("shown", "user 8")(&spans[0]));
    assert!(attribute(&spans[0], "other").is_none());
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no number")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn fails(text: &str) -> Result<u8, Outer> {
    text.parse().map_err(Outer)
}

fn event_attribute(span: &SpanRecord, key: &str) -> Option<String> {
    let event = span.events.first()?;
    event
        .attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == key)
        .map(|found| found.value.to_string())
}

#[test]
fn err() {
    let (with, without) =
        pair!(#[instrument(err)] #[instrument] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(
        |span| {
            span.is_error()
                && event_attribute(span, "exception.type").is_some_and(|of| of.ends_with("Outer"))
                && event_attribute(span, "exception.message").as_deref() == Some("no number")
                && event_attribute(span, "spanwise.exception.sources").as_deref()
                    == Some("[\"invalid digit found in string\"]")
        },
        with,
        without,
    );
}

#[test]
fn err_debug() {
    let (with, without) = pair!(#[instrument(err(Debug))] #[instrument(err)] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    let message = |span: &SpanRecord| event_attribute(span, "exception.message").unwrap_or_default();
    row(|span| message(span).starts_with("Outer(ParseIntError"), with, without);
    let (with, without) = pair!(#[instrument(err(Display))] #[instrument(err(Debug))] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(|span| message(span) == "no number", with, without);
}

#[test]
fn err_level() {
    let (with, without) = pair!(#[instrument(err(level = warn))] #[instrument(err)] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(
        |span| {
            !span.is_error()
                && attribute(span, "error.type").is_none()
                && event_attribute(span, "spanwise.level").as_deref() == Some("WARN")
        },
        with,
        without,
    );
}

#[test]
fn err_if() {
    let (with, without) = pair!(#[instrument(err(if = |error| error.to_string().is_empty()))] #[instrument(err(if = |error| !error.to_string().is_empty()))] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(|span| !span.is_error() && span.events.is_empty(), with, without);
}

#[test]
fn err_off() {
    let (with, without) = pair!(#[instrument(err(off))] #[instrument] fn (text: &str) -> Result<u8, Outer> { fails(text) } ("x"));
    row(|span| !span.is_error() && attribute(span, "error.type").is_none(), with, without);
    row(|span| !span.is_error(), Defaults::is_no_failure, without);
}

#[test]
fn ret() {
    let (with, without) = pair!(#[instrument(ret)] #[instrument] fn (n: u8) -> u8 { n + 1 } (5));
    row(has("spanwise.return", 6), with, without);
    let (with, without) = pair!(#[instrument(ret)] #[instrument] fn (n: u8) -> Result<Option<User>, Outer> { Ok(Some(User { id: n.into() })) } (5));
    row(has("spanwise.return", "Some(User { id: 5 })"), with, without);
    let (with, _) = pair!(#[instrument(ret, err)] #[instrument] fn () -> Result<u8, Outer> { fails("x") } ());
    assert!(attribute(&spans_of(with)[0], "spanwise.return").is_none(), "only the value of an `Ok`");
}

#[test]
fn ret_debug() {
    let (with, without) =
        pair!(#[instrument(ret(Debug))] #[instrument(ret)] fn () -> &'static str { "text" } ());
    row(has("spanwise.return", "\"text\""), with, without);
    let (with, without) =
        pair!(#[instrument(ret(Display))] #[instrument(ret)] fn () -> User { User { id: 1 } } ());
    row(has("spanwise.return", "user 1"), with, without);
}

fn poll_twice<F: Future<Output = u8>>(future: F) {
    assert_eq!(block_on(future), 3);
}

#[test]
fn enter_on_poll() {
    #[instrument(enter_on_poll, args, ret)]
    async fn each(n: u8) -> u8 {
        tokio::task::yield_now().await;
        inside();
        n
    }

    #[instrument(args, ret)]
    async fn once(n: u8) -> u8 {
        tokio::task::yield_now().await;
        inside();
        n
    }

    let polls = |spans: &[SpanRecord]| {
        spans
            .iter()
            .map(|span| {
                let returned = attribute(span, "spanwise.return").map(ToString::to_string);
                (span.name.to_string(), attribute(span, "n").map(ToString::to_string), returned)
            })
            .collect::<Vec<_>>()
    };
    let line = |name: &str, n: Option<&str>, returned: Option<&str>| {
        (name.to_owned(), n.map(str::to_owned), returned.map(str::to_owned))
    };
    let around = line("around", None, None);
    assert_eq!(
        polls(&spans_of(|| poll_twice(each(3)))),
        [
            line("each", Some("3"), None),
            line("inside", None, None),
            line("each", Some("3"), Some("3")),
            around.clone()
        ]
    );
    assert_eq!(
        polls(&spans_of(|| poll_twice(once(3)))),
        [line("inside", None, None), line("once", Some("3"), Some("3")), around]
    );
}

mod reexported {
    pub(crate) mod inner {
        pub(crate) use spanwise::*;
    }
}

/// That it is ignored where there is a `::spanwise` anyway can be seen only by where there is none;
/// `tests/fixtures/renamed` is built without.
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

/// The table's first column against this file.
#[test]
fn each_row_has_its_test() {
    let table = include_str!("../runtime/src/instrument.md");
    let here = include_str!("arguments.rs");
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
            "the table names a test that is not here: {name}"
        );
    }
}
