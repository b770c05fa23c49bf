//! The crate `log`: `env_logger`, and any logger that shows key-values.

use log::{Level, Log, Record};
use spanwise::instrument;
use spanwise::logs::{Format, WithTraceIds, write_record};
use spanwise::testing::Capture;

use crate::lines::Lines;

#[instrument]
fn logs(logger: &dyn Log) -> (String, String) {
    logger.log(
        &Record::builder()
            .target("shop")
            .level(Level::Info)
            .args(format_args!("paid"))
            .key_values(&("order", 7))
            .build(),
    );
    let ids = (spanwise::current_trace_id(), spanwise::current_span_id());
    (ids.0.expect("a trace"), ids.1.expect("a span"))
}

fn env_logger(change: impl FnOnce(&mut env_logger::Builder)) -> (env_logger::Logger, Lines) {
    let lines = Lines::default();
    let mut builder = env_logger::Builder::new();
    builder.filter_level(log::LevelFilter::Info);
    change(&mut builder);
    (builder.target(env_logger::Target::Pipe(Box::new(lines.clone()))).build(), lines)
}

#[test]
fn lines_of_env_logger_in_each_format() {
    for (format, has) in
        [(Format::Text, " order=7 trace_id="), (Format::Json, "\"order\":7"), (Format::Logfmt, " order=7 ")]
    {
        let (logger, lines) = env_logger(|builder| {
            builder.format(move |to, record| write_record(format, to, record));
        });
        let (trace, span) = Capture::new().run(|| logs(&logger));
        let line = lines.line();
        for part in ["paid", "INFO", "shop", has, &trace, &span, "trace_flags"] {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
}

#[test]
fn a_logger_gets_the_ids_as_key_values() {
    let (inner, lines) = env_logger(|builder| {
        builder.format_timestamp(None);
    });
    let (trace, span) = Capture::new().run(|| logs(&WithTraceIds::new(inner)));
    let line = lines.line();
    assert!(
        line.ends_with(&format!("paid order=7 trace_id={trace} span_id={span} trace_flags=03")),
        "{line}"
    );
}

#[test]
fn ids_that_a_record_has_are_written_once() {
    let (inner, lines) = env_logger(|builder| {
        builder.format(move |to, record| write_record(Format::Json, to, record));
    });
    // Also through two wrappers.
    let logger = WithTraceIds::new(WithTraceIds::new(inner));
    let (trace, _) = Capture::new().run(|| logs(&logger));
    let line = lines.line();
    assert_eq!(line.matches("trace_id").count(), 1, "{line}");
    assert!(line.contains(&trace) && line.contains("\"fields\":{\"order\":7}"), "{line}");
}

#[test]
fn outside_of_any_span_a_record_is_unchanged() {
    let (inner, lines) = env_logger(|_| ());
    WithTraceIds::new(inner)
        .log(&Record::builder().target("shop").level(Level::Info).args(format_args!("alone")).build());
    assert!(lines.line().ends_with("alone"), "{}", lines.line());
}
