use super::*;

#[test]
fn samplers() {
    const NAME: &str = "OTEL_TRACES_SAMPLER";
    let sampling = |value: &str| {
        let settings = read_from(&[(NAME, value), ("OTEL_TRACES_SAMPLER_ARG", "0.5")]);
        assert_eq!(settings.warnings, [], "{value}");
        let sampling = settings.sampling;
        (sampling.follows_parent, sampling.samples_roots, format!("{:?}", sampling.sampler))
    };
    for (name, follows, takes_roots, sampler) in [
        ("", true, true, "AlwaysOn"),
        ("always_on", false, true, "AlwaysOn"),
        ("always_off", false, false, "AlwaysOff"),
        ("TraceIdRatio", false, false, "TraceIdRatioBased(0.5)"),
        ("parentbased_always_on", true, true, "AlwaysOn"),
        ("parentbased_always_off", true, false, "AlwaysOff"),
        ("parentbased_traceidratio", true, false, "TraceIdRatioBased(0.5)"),
    ] {
        let (follows_parent, takes, text) = sampling(name);
        assert_eq!((follows_parent, takes), (follows, takes_roots), "{name}");
        assert!(text.contains(sampler), "{name}: {text}");
    }
    warns(NAME, "sometimes", "parentbased_always_on");
    warns(NAME, "jaeger_remote", "OTEL_TRACES_SAMPLER=parentbased_traceidratio");
    warns(NAME, "xray", "parentbased_always_on");
    // What it would do until its server has replied.
    for (name, argument, sampler) in [
        (
            "jaeger_remote",
            "endpoint=http://x,pollingIntervalMs=5000,initialSamplingRate=0.25",
            "TraceIdRatioBased(0.25)",
        ),
        ("parentbased_jaeger_remote", "initialSamplingRate=0", "TraceIdRatioBased(0.0)"),
        ("jaeger_remote", "initialSamplingRate=7", "AlwaysOn"),
        ("jaeger_remote", "endpoint=http://x", "AlwaysOn"),
    ] {
        let settings = read_from(&[(NAME, name), ("OTEL_TRACES_SAMPLER_ARG", argument)]);
        assert!(format!("{:?}", settings.sampling.sampler).contains(sampler), "{argument}");
        assert_eq!(settings.warnings.len(), 1, "{argument}");
    }
}

#[test]
fn sampler_arguments() {
    let ratio = |argument: &str| {
        let settings =
            read_from(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", argument)]);
        (format!("{:?}", settings.sampling.sampler), settings.warnings.len())
    };
    assert_eq!(ratio(""), ("TraceIdRatioBased(1.0)".to_owned(), 0));
    assert_eq!(ratio("0"), ("TraceIdRatioBased(0.0)".to_owned(), 0));
    assert_eq!(ratio(" 0.25 "), ("TraceIdRatioBased(0.25)".to_owned(), 0));
    for argument in ["two", "1.5", "-0.1", "NaN", "inf"] {
        assert_eq!(ratio(argument), ("TraceIdRatioBased(1.0)".to_owned(), 1), "{argument}");
    }
}

#[test]
fn delays() {
    const NAME: &str = "OTEL_BSP_SCHEDULE_DELAY";
    let delay = |value: &str, exporters: &[TracesExporter]| {
        read_from(&[(NAME, value)]).queue.batching(exporters).schedule_delay
    };
    let (console, otlp) = ([TracesExporter::Console], [TracesExporter::Otlp]);
    // At a terminal a person waits for the trace.
    assert_eq!(delay("", &console), Duration::from_millis(100));
    assert_eq!(delay("", &otlp), Duration::from_secs(5));
    assert_eq!(delay("7", &console), Duration::from_millis(7));
    assert_eq!(delay("0", &otlp), Duration::from_millis(1));
    assert_eq!(delay(&u64::MAX.to_string(), &otlp), MAX_DURATION);
    warns(NAME, "-1", "5000");
}

#[test]
fn queues() {
    let queue = |waiting: &str, batch: &str| {
        let settings =
            read_from(&[("OTEL_BSP_MAX_QUEUE_SIZE", waiting), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch)]);
        (settings.queue.max_queue_size, settings.queue.batch_size(), settings.warnings.len())
    };
    assert_eq!(queue("", ""), (65_536, 2_048, 0));
    assert_eq!(queue("1000", "10"), (1_000, 10, 0));
    assert_eq!(queue("1000", ""), (1_000, 1_000, 0));
    assert_eq!(queue("10", "100"), (10, 10, 1));
    warns("OTEL_BSP_MAX_QUEUE_SIZE", "0", "65536");
    warns("OTEL_BSP_MAX_QUEUE_SIZE", "-1", "65536");
    warns("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "0", "2048");
    warns("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100000", "65536");
}

#[test]
fn export_timeouts() {
    const NAME: &str = "OTEL_BSP_EXPORT_TIMEOUT";
    let timeout = |value: &str| read_from(&[(NAME, value)]).queue;
    assert_eq!(timeout("").export_timeout(), Duration::from_secs(30));
    assert_eq!(timeout("").export_timeout, None, "it does not shorten the timeout of a request");
    assert_eq!(timeout("250").export_timeout, Some(Duration::from_millis(250)));
    assert_eq!(timeout("0").export_timeout, Some(MAX_DURATION));
    warns(NAME, "soon", "30000");
}

#[test]
fn limits() {
    let limits = |variables: &[(&str, &str)]| {
        let limits = read_from(variables).limits;
        let of_others = (limits.events, limits.links);
        (
            limits.attributes,
            limits.attributes_of_event,
            limits.attributes_of_link,
            of_others,
            limits.value_length,
        )
    };
    let none = usize::MAX;
    assert_eq!(limits(&[]), (128, 128, 128, (128, 128), none));
    // The general limit applies to all three, unless they have their own.
    let general = ("OTEL_ATTRIBUTE_COUNT_LIMIT", "7");
    assert_eq!(limits(&[general]), (7, 7, 7, (128, 128), none));
    assert_eq!(limits(&[general, ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1")]).0, 1);
    assert_eq!(limits(&[general, ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "2")]).1, 2);
    assert_eq!(limits(&[general, ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "3")]).2, 3);
    assert_eq!(
        limits(&[("OTEL_SPAN_EVENT_COUNT_LIMIT", "0"), ("OTEL_SPAN_LINK_COUNT_LIMIT", "5")]).3,
        (0, 5)
    );
    let length = ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9");
    assert_eq!(limits(&[length]).4, 9);
    assert_eq!(limits(&[length, ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "4")]).4, 4);
    for name in
        ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT", "OTEL_SPAN_EVENT_COUNT_LIMIT"]
    {
        warns(name, "many", "128");
    }
}
