//! Carriers of the application that set the global propagator themselves.

use std::sync::mpsc;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use spanwise::task::CarriedContext;
use spanwise::{Carrier, CarrierMut, Propagator, instrument};

use crate::in_own_process;

/// Headers of a library that sets up OpenTelemetry on first use.
#[derive(Default)]
struct Lazy(Vec<(String, String)>);

fn sets_up() {
    global::set_text_map_propagator(Propagator::TraceContext);
}

impl Carrier for Lazy {
    fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
        sets_up();
        self.0.each(see);
    }
}

impl CarrierMut for Lazy {
    fn set(&mut self, name: &str, value: String) {
        sets_up();
        CarrierMut::set(&mut self.0, name, value);
    }

    fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        sets_up();
        CarrierMut::retain(&mut self.0, keep);
    }
}

/// Takes its parent from a type of the library.
#[instrument(parent = CarriedContext::extract(headers))]
fn process(headers: &Lazy) {}

#[test]
fn a_carrier_may_set_the_propagator() {
    in_own_process("carriers::a_carrier_may_set_the_propagator", || {
        let (done, is_done) = mpsc::channel();
        // On a thread of its own, so that a deadlock is noticed.
        std::thread::spawn(move || {
            let (trace, span) = (TraceId::from(1), SpanId::from(2));
            let caller = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
            let carried =
                CarriedContext::from(opentelemetry::Context::new().with_remote_span_context(caller.clone()));
            let mut headers = Lazy::default();
            carried.inject(&mut headers);
            process(&headers);
            let read = CarriedContext::extract(&headers);
            done.send(read.context().span().span_context() == &caller).expect("it is awaited");
        });
        assert_eq!(is_done.recv_timeout(Duration::from_secs(30)), Ok(true));
    });
}
