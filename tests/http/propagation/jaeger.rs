//! [Jaeger's format](https://www.jaegertracing.io/sdk-migration/#propagation-format).

use spanwise::Propagator;

use super::{Middle, with_middle};

const TRACE: &str = "a1ce929d0e0e4736a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// The trace and the flags that the next service gets.
async fn onwards(middle: &Middle, given: &str) -> (String, String) {
    let onwards = middle.ask([("Uber-Trace-Id", given)]).await;
    let parts = onwards.parts("uber-trace-id", ':');
    let [trace, span, parent, flags] = parts.as_slice() else { panic!("{onwards:?}") };
    assert_eq!((trace.len(), span.len(), *parent), (32, 16, "0"));
    ((*trace).to_owned(), (*flags).to_owned())
}

#[test]
fn valid_headers_continue_the_trace() {
    with_middle(&[Propagator::Jaeger], async |middle| {
        for (given, trace, flags) in [
            (format!("{TRACE}:{SPAN}:0:0"), TRACE, "0"),
            (format!("{TRACE}:{SPAN}:0:1"), TRACE, "1"),
            (format!("{TRACE}:{SPAN}:0:3"), TRACE, "3"),
            (format!("{TRACE}:{SPAN}:0:2"), TRACE, "0"),
            (format!("{TRACE}:{SPAN}:0:8"), TRACE, "0"),
            (format!("{TRACE}:{SPAN}:0:9"), TRACE, "1"),
            (format!("{TRACE}:{SPAN}:0:01"), TRACE, "1"),
            (format!("{TRACE}:{SPAN}:0:ff"), TRACE, "3"),
            (format!("{TRACE}:{SPAN}:0:0a"), TRACE, "0"),
            (format!("{TRACE}:{SPAN}:00f067aa0ba902b7:1"), TRACE, "1"),
            (format!("{TRACE}:{SPAN}:whatever:1"), TRACE, "1"),
            (format!("{TRACE}:{SPAN}::1"), TRACE, "1"),
            (format!("{TRACE}%3A{SPAN}%3a0%3A5"), TRACE, "1"),
            (format!("{}:{SPAN}:0:1", TRACE.to_uppercase()), TRACE, "1"),
            (format!("a3ce929d0e0e4736:{SPAN}:0:1"), "0000000000000000a3ce929d0e0e4736", "1"),
            (format!("3ce929d0e0e4736:{SPAN}:0:1"), "000000000000000003ce929d0e0e4736", "1"),
            ("236f2e:17c29:0:1".to_owned(), "00000000000000000000000000236f2e", "1"),
            (
                "f6c385a2c57ed8d7:b04a90b7723bdc:76c385a2c57ed8d7:1".to_owned(),
                "0000000000000000f6c385a2c57ed8d7",
                "1",
            ),
        ] {
            assert_eq!(onwards(middle, &given).await, (trace.to_owned(), flags.to_owned()), "{given}");
        }
    });
}

#[test]
fn invalid_headers_start_a_new_trace() {
    with_middle(&[Propagator::Jaeger], async |middle| {
        for given in [
            String::new(),
            "aa:bb:cc".to_owned(),
            "aa:bb:cc:dd:ee".to_owned(),
            "x.x.x.x".to_owned(),
            format!("{TRACE}-{SPAN}-0-1"),
            format!("{TRACE}0000:{SPAN}:0:1"),
            format!("zcd00v0000000000a3ce929d0e0e4736:{SPAN}:0:1"),
            format!("{TRACE}:{SPAN}0:0:1"),
            format!("{TRACE}:00f0wiredba902b7:0:1"),
            format!("00000000000000000000000000000000:{SPAN}:0:1"),
            format!("0:{SPAN}:0:1"),
            format!("{TRACE}:0000000000000000:0:1"),
            format!("{TRACE}:0:0:1"),
            format!("{TRACE}:{SPAN}:0:"),
            format!("{TRACE}:{SPAN}:0:wired"),
            format!("{TRACE}:{SPAN}:0:10220"),
            format!(":{SPAN}:0:1"),
            "%".to_owned(),
            "%3A%3A%3A".to_owned(),
        ] {
            let (trace, flags) = onwards(middle, &given).await;
            assert!(!TRACE.contains(&trace) && flags == "1", "{given}: {trace} {flags}");
        }
    });
}

#[test]
fn baggage_is_a_header_for_each_key() {
    with_middle(&[Propagator::Jaeger], async |middle| {
        let sent = middle
            .ask([
                ("uberctx-nometa", "nometa-value"),
                ("Uberctx-Some_Key", "98%3A765"),
                ("uberctx-key1", "value%201%20%2F%20blah"),
                // As jaeger-client-go writes it.
                ("uberctx-key2", "a+b%2Bc"),
                ("uberctx-", "of no key"),
                ("jaeger-baggage", "by=hand, kevin = se7en%3Aactor, malformed"),
                ("another", "value"),
            ])
            .await;
        for (key, value) in [
            ("nometa", "nometa-value"),
            ("some_key", "98%3A765"),
            ("key1", "value%201%20%2F%20blah"),
            ("key2", "a%20b%2Bc"),
            ("by", "hand"),
            ("kevin", "se7en%3Aactor"),
        ] {
            assert_eq!(sent.get(&format!("uberctx-{key}")), Some(value), "{sent:?}");
        }
        assert_eq!(
            (sent.get("uberctx-"), sent.get("jaeger-baggage"), sent.get("another")),
            (None, None, None)
        );
    });
}
