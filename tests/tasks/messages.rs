//! Messages between services: the context in each kind of headers.

use std::collections::{BTreeMap, HashMap};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use proptest::prelude::*;
use spanwise::task::CarriedContext;
use spanwise::testing::Capture;
use spanwise::{Carrier, CarrierMut, Propagator, instrument};

use crate::tree_of;

/// A record like that of Kafka's clients.
#[derive(Clone, Debug, Default)]
struct Record {
    headers: Vec<(String, Vec<u8>)>,
}

#[instrument(
    kind = producer,
    name = format!("send {topic}"),
    fields(messaging.operation.type = "send", messaging.destination.name = topic)
)]
fn send(topic: &str) -> Record {
    let mut record = Record::default();
    spanwise::inject(&mut record.headers);
    record
}

/// Runs on a thread that shares only the capture with the sender.
fn elsewhere(capture: &Capture, work: impl FnOnce() + Send) {
    std::thread::scope(|scope| scope.spawn(|| capture.run(work)).join().expect("it ran"));
}

#[test]
fn a_consumer_as_a_child() {
    #[instrument(kind = consumer, name = "process orders", parent = record.headers)]
    fn process(record: &Record) {
        crate::compute(1);
    }

    let capture = Capture::new();
    let record = capture.run(|| send("orders"));
    elsewhere(&capture, || process(&record));
    assert_eq!(
        crate::text(capture.spans()),
        "send orders [producer] messaging.operation.type=\"send\" messaging.destination.name=\"orders\"\n  \
         process orders [consumer]\n    compute 1\n"
    );
    let spans = capture.spans();
    let process = spans.iter().find(|span| span.name == "process orders").expect("it is there");
    assert!(process.parent_is_remote);
}

#[test]
fn a_consumer_as_a_link() {
    #[instrument(kind = consumer, links = record.headers)]
    fn process(record: &Record) {}

    #[instrument(kind = consumer)]
    fn process_too() {}

    let capture = Capture::new();
    let record = capture.run(|| send("orders"));
    elsewhere(&capture, || {
        process(&record);
        spanwise::extract(&record.headers).linked().run(process_too);
    });
    let text = crate::text(capture.spans());
    assert_eq!(text.matches(" [consumer] → send orders\n").count(), 2, "{text}");
    assert!(!text.contains("  process"), "roots: {text}");
}

#[test]
fn a_batch_of_messages() {
    #[instrument(kind = consumer, links = records.iter().map(|record| &record.headers).collect::<Vec<_>>())]
    fn process_all(records: &[Record]) {}

    let capture = Capture::new();
    let records = capture.run(|| [send("a"), send("b"), Record::default()]);
    elsewhere(&capture, || process_all(&records));
    assert!(crate::text(capture.spans()).starts_with("process_all [consumer] → send a → send b\n"));
}

/// Each kind of headers returns what was written into it.
#[test]
fn carriers() {
    fn through<C: Carrier + CarrierMut + Default>() {
        let mut headers = C::default();
        headers.set("TraceParent", "stale".to_owned());
        headers.set("tracestate", "stale=1".to_owned());
        headers.set("own", "stays".to_owned());
        let trace = {
            let _span = spanwise::span!("send");
            spanwise::inject(&mut headers);
            spanwise::current_trace_id()
        };
        let mut names = Vec::new();
        headers.each(&mut |name, value| names.push((name.to_ascii_lowercase(), value.to_vec())));
        names.sort();
        assert_eq!(names.len(), 2, "what was stale is gone: {names:?}");
        assert_eq!(names[0], ("own".to_owned(), b"stays".to_vec()));
        let read = spanwise::extract(&headers).run(spanwise::current_trace_id);
        assert!(trace.is_some());
        assert_eq!(read, trace);
    }

    tree_of(|| {
        through::<Vec<(String, Vec<u8>)>>();
        through::<Vec<(String, String)>>();
        through::<HashMap<String, String>>();
        through::<HashMap<String, Vec<u8>>>();
        through::<BTreeMap<String, String>>();
        through::<Vec<(std::sync::Arc<str>, bytes::Bytes)>>();
        through::<http::HeaderMap>();
    });
}

/// A type of another crate, with two short impls.
#[test]
fn a_carrier_of_ones_own() {
    #[derive(Default)]
    struct Table(String);

    impl Carrier for Table {
        fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
            for line in self.0.lines() {
                let (name, value) = line.split_once('=').expect("a pair");
                see(name, value.as_bytes());
            }
        }
    }

    impl CarrierMut for Table {
        fn set(&mut self, name: &str, value: String) {
            self.0 += &format!("{name}={value}\n");
        }

        fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
            let kept = self.0.lines().filter(|line| line.split_once('=').is_some_and(|(name, _)| keep(name)));
            self.0 = kept.map(|line| format!("{line}\n")).collect();
        }
    }

    let tree = tree_of(|| {
        let mut table = Table("own=1\nB3=0\n".to_owned());
        {
            let _span = spanwise::span!("send");
            spanwise::inject(&mut table);
        }
        assert!(table.0.starts_with("own=1\ntraceparent=00-"), "{}", table.0);
        let _span = spanwise::span!(parent: spanwise::extract(&table), "process");
    });
    assert_eq!(tree, "send\n  process\n");
}

/// With formats of the message's own.
#[test]
fn formats() {
    tree_of(|| {
        let _span = spanwise::span!("send");
        for (propagator, name) in [
            (Propagator::TraceContext, "traceparent"),
            (Propagator::B3, "b3"),
            (Propagator::B3Multi, "x-b3-traceid"),
            (Propagator::Jaeger, "uber-trace-id"),
        ] {
            let mut headers = HashMap::<String, String>::new();
            CarriedContext::current().inject_with(&mut headers, [propagator]);
            assert!(headers.contains_key(name), "{headers:?}");
            let carried = CarriedContext::extract_with(&headers, [propagator]);
            assert_eq!(carried.run(spanwise::current_trace_id), spanwise::current_trace_id());
        }
        let mut headers = vec![("traceparent".to_owned(), "as it was".to_owned())];
        CarriedContext::current().inject_with(&mut headers, []);
        assert_eq!(headers, [("traceparent".to_owned(), "as it was".to_owned())]);
    });
}

#[test]
fn baggage_goes_along() {
    let context = Context::new().with_baggage([KeyValue::new("tenant", "a, b")]);
    let mut headers = vec![("baggage".to_owned(), b"tenant=stale".to_vec())];
    CarriedContext::from(context).inject(&mut headers);
    assert_eq!(headers.len(), 1);
    let read = spanwise::extract(&headers);
    assert_eq!(read.context().baggage().get("tenant").map(ToString::to_string).as_deref(), Some("a, b"));
    assert!(!read.context().span().span_context().is_valid());
}

/// Without a context, a message that is sent on keeps its headers.
#[test]
fn nothing_to_say() {
    let mut headers = vec![("traceparent".to_owned(), "somebody's".to_owned())];
    CarriedContext::from(Context::new()).inject(&mut headers);
    assert_eq!(headers, [("traceparent".to_owned(), "somebody's".to_owned())]);
    assert!(CarriedContext::from(Context::new()).linked().run(spanwise::current_trace_id).is_none());
}

proptest! {
    /// Any headers give a root or a remote parent, and nothing else happens.
    #[test]
    fn any_headers(headers in proptest::collection::vec(
        (
            prop_oneof![Just("traceparent".to_owned()), Just("BAGGAGE".to_owned()), Just("uberctx-a".to_owned()), ".{0,20}"],
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..80),
                "00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]".prop_map(String::into_bytes),
            ],
        ),
        0..6,
    )) {
        let carried = spanwise::extract(&headers);
        let span = carried.context().span().span_context().clone();
        prop_assert!(span == SpanContext::NONE || span.is_remote());
        let mut again = headers.clone();
        carried.inject(&mut again);
        let read = spanwise::extract(&again);
        let read = read.context().span().span_context().clone();
        prop_assert_eq!(read.trace_id(), span.trace_id());
        prop_assert_eq!(read.span_id(), span.span_id());
    }
}
