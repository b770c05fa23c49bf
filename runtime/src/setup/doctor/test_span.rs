//! Sends a span to the collector, or checks that the other exporters can write.

use std::time::Duration;

use crate::export::advice_on;
use crate::export::test_span::{TestSpanResult, send_test_span};
use crate::setup::plan::Plan;
use crate::setup::settings::otlp::endpoint_example;
use crate::setup::traces_exporter::TracesExporter;

/// What became of the test span.
#[derive(Debug)]
pub(super) enum TestSpan {
    Accepted { endpoint: String, took: Duration, trace_id: String },
    Lost { endpoint: String, reason: String, advice: Option<&'static str> },
    NotSent { reason: String },
}

pub(super) fn send(plan: &Plan) -> TestSpan {
    let not_sent = |reason: String| TestSpan::NotSent { reason };
    if plan.settings.is_disabled {
        return not_sent("not sent: recording is disabled".to_owned());
    }
    if plan.has_custom_exporter() {
        return not_sent("not sent: the code provides the exporter".to_owned());
    }
    if plan.exporters().contains(&TracesExporter::Otlp) {
        return send_to_collector(plan);
    }
    let destinations = plan.destinations();
    for destination in &destinations {
        if let Err(reason) = destination.check() {
            return TestSpan::Lost { endpoint: destination.place(), reason, advice: None };
        }
    }
    let places: Vec<_> = destinations.iter().map(|destination| destination.place()).collect();
    let reason = match places.as_slice() {
        [] => "not sent: the exporter is `none`".to_owned(),
        places => format!("not sent: traces are written to {}", places.join(" and ")),
    };
    not_sent(if plan.settings.exporters.is_some() {
        format!("{reason}; OTEL_TRACES_EXPORTER=otlp, or `exporters` in the code, sends them to a collector")
    } else {
        format!("{reason}; {} sends them to a collector", endpoint_example())
    })
}

fn send_to_collector(plan: &Plan) -> TestSpan {
    let otlp = plan.otlp();
    let (endpoint, protocol) = (otlp.shown_endpoint(), otlp.protocol);
    match send_test_span(otlp, plan.resource.clone()) {
        TestSpanResult::Accepted { trace_id, took } => {
            TestSpan::Accepted { endpoint, took, trace_id: trace_id.to_string() }
        }
        TestSpanResult::NotAccepted { reason, is_retryable } => {
            let advice = advice_on(&reason, protocol, is_retryable);
            TestSpan::Lost { endpoint, reason, advice }
        }
    }
}
