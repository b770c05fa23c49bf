//! What variables say, said in the code: that comes first.

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry_sdk::trace::ShouldSample;

use super::{Builder, OtlpCompression, OtlpProtocol};
use crate::diag::{self, Verbosity};
use crate::level::Level;
use crate::propagation::Propagator;
use crate::sampling::config::SamplerConfig;
use crate::setup::env::{self, Endpoint, File, TracesExporter, Warning};

impl Builder {
    /// The service's name, in place of `OTEL_SERVICE_NAME`.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.say("OTEL_SERVICE_NAME", |settings| settings.service_name = Some(name))
    }

    /// Whether nothing is recorded at all, in place of `OTEL_SDK_DISABLED`. Headers are passed on all the same.
    pub fn disabled(self, disabled: bool) -> Self {
        self.say("OTEL_SDK_DISABLED", move |settings| settings.disabled = disabled)
    }

    /// What Spanwise says of itself on standard error, in place of `OTEL_LOG_LEVEL`: up to which level, or nothing.
    pub fn log_level(self, level: impl Into<Option<Level>>) -> Self {
        let verbosity = match level.into() {
            None | Some(Level::Error) => Verbosity::Nothing,
            Some(Level::Warn) => Verbosity::Warnings,
            Some(Level::Info) => Verbosity::Notes,
            Some(Level::Debug | Level::Trace) => Verbosity::Details,
        };
        self.say("OTEL_LOG_LEVEL", move |settings| settings.verbosity = verbosity)
    }

    /// Up to which level spans are recorded, in place of `OTEL_RUST_SPAN_LEVEL`; see [`set_max_level`](crate::set_max_level),
    /// which changes it later.
    pub fn max_level(self, level: Level) -> Self {
        self.say("OTEL_RUST_SPAN_LEVEL", move |settings| settings.max_level = Some(level))
    }

    /// Where spans go, in place of `OTEL_TRACES_EXPORTER`; to nowhere, where the list is empty.
    ///
    /// The first is the one whose spans are counted; a collector is, wherever it stands. There is one of a kind.
    ///
    /// ```
    /// use spanwise::TracesExporter;
    ///
    /// let builder = spanwise::builder().exporters([TracesExporter::Otlp, TracesExporter::OtlpFile("spans.jsonl".into())]);
    /// ```
    pub fn exporters(self, exporters: impl IntoIterator<Item = TracesExporter>) -> Self {
        let mut distinct = Vec::new();
        for exporter in exporters {
            if !distinct.contains(&exporter) {
                distinct.push(exporter);
            }
        }
        self.say("OTEL_TRACES_EXPORTER", |settings| settings.exporters = Some(distinct))
    }

    /// Where the collector is, in place of the variables for it: by gRPC, unless something else is said;
    /// over HTTP `/v1/traces` is appended. Spans go there by OTLP, unless [`exporters`](Self::exporters) or `OTEL_TRACES_EXPORTER`
    /// say otherwise.
    pub fn otlp_endpoint(self, endpoint: impl Into<String>) -> Self {
        const GIVEN: &str = "the endpoint given to the builder";
        let endpoint = endpoint.into();
        self.say("OTEL_EXPORTER_OTLP_ENDPOINT", move |settings| {
            match env::parse_endpoint(GIVEN, &endpoint, &mut settings.warnings) {
                Ok(url) => {
                    if let Some(metrics) = &mut settings.metrics {
                        metrics.at(url.clone());
                    }
                    settings.otlp.endpoint = Some(Endpoint::General(url));
                }
                Err(why) => {
                    let instead = match settings.otlp.endpoint.get_or_insert(Endpoint::Default) {
                        Endpoint::Default => settings.otlp.protocol.default_endpoint(),
                        _ => "what the environment says",
                    };
                    let shown = diag::shown(&env::masked(&endpoint));
                    settings.warnings.push(Warning {
                        variable: "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
                        text: format!("{GIVEN}, {shown:?}, {why}; {instead} is used instead"),
                    });
                }
            }
        })
    }

    /// How OTLP is spoken, in place of `OTEL_EXPORTER_OTLP_PROTOCOL`: by gRPC unless set.
    pub fn otlp_protocol(self, protocol: OtlpProtocol) -> Self {
        self.say("OTEL_EXPORTER_OTLP_PROTOCOL", move |settings| {
            settings.otlp.protocol = protocol.into();
            if let Some(metrics) = &mut settings.metrics {
                metrics.speak(settings.otlp.protocol);
            }
        })
    }

    /// Adds a header that is sent along with every request to the collector, to those of `OTEL_EXPORTER_OTLP_HEADERS`, or in place
    /// of the one of that name. It is never printed. What is no header is told, without its value, and left out.
    pub fn otlp_header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        self.say("OTEL_EXPORTER_OTLP_HEADERS", move |settings| match env::header(&name, value) {
            Some((name, value)) => {
                if let Some(metrics) = &mut settings.metrics {
                    metrics.headers.insert(name.clone(), value.clone());
                }
                settings.otlp.headers.insert(name, value);
            }
            None => settings.warnings.push(Warning {
                variable: "OTEL_EXPORTER_OTLP_HEADERS".to_owned(),
                text: format!(
                    "the header {:?} given to the builder (its value is not shown) is none; it is left out",
                    diag::shown(&name)
                ),
            }),
        })
    }

    /// How long a request to the collector may take, in place of `OTEL_EXPORTER_OTLP_TIMEOUT`; zero is without end. 10 seconds unless set.
    pub fn otlp_timeout(self, timeout: Duration) -> Self {
        self.say("OTEL_EXPORTER_OTLP_TIMEOUT", move |settings| {
            settings.otlp.timeout = deadline(timeout);
            if let Some(metrics) = &mut settings.metrics {
                metrics.timeout = deadline(timeout);
            }
        })
    }

    /// How requests to the collector are made smaller, or not, in place of `OTEL_EXPORTER_OTLP_COMPRESSION`. Not at all unless set.
    pub fn otlp_compression(self, compression: impl Into<Option<OtlpCompression>>) -> Self {
        let compression = compression.into().map(Into::into);
        self.say("OTEL_EXPORTER_OTLP_COMPRESSION", move |settings| settings.otlp.compression = compression)
    }

    /// A file of certificates (PEM) that are trusted to sign a collector's, and no others then: in place of
    /// `OTEL_EXPORTER_OTLP_CERTIFICATE`. The system's unless set. It is read once, by [`init`](Self::init); one that
    /// cannot be used is told, and the system's are.
    pub fn otlp_certificate(self, path: impl Into<PathBuf>) -> Self {
        const NAME: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
        let file = File { variable: NAME.to_owned(), path: path.into() };
        self.say(NAME, move |settings| {
            settings.each_certificate(|setting| setting.roots = Some(file.clone()))
        })
    }

    /// Files with the certificate (PEM, with those that signed it) that is shown to the collector, and its private key, in place of
    /// `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY`. None unless set.
    pub fn otlp_client_certificate(self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        const CLIENT: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
        const KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
        let client = File { variable: CLIENT.to_owned(), path: certificate.into() };
        let key = File { variable: KEY.to_owned(), path: key.into() };
        self.say(CLIENT, move |settings| {
            settings.each_certificate(|setting| setting.client = Some(client.clone()))
        })
        .say(KEY, move |settings| settings.each_certificate(|setting| setting.key = Some(key.clone())))
    }

    /// The sampler, in place of `OTEL_TRACES_SAMPLER`. It is asked for every span, children too: where these are to follow
    /// their parents, [`root_sampler`](Self::root_sampler) is the better way.
    pub fn sampler(self, sampler: impl ShouldSample + 'static) -> Self {
        self.say("OTEL_TRACES_SAMPLER", |settings| {
            settings.sampling = SamplerConfig::new(sampler);
            settings.sampler_name = None;
        })
    }

    /// The sampler for traces that start here, in place of `OTEL_TRACES_SAMPLER`. What has a parent is recorded where
    /// that was, and the sampler is not asked: a child of a parent that is not sampled costs next to nothing.
    pub fn root_sampler(self, sampler: impl ShouldSample + 'static) -> Self {
        self.say("OTEL_TRACES_SAMPLER", |settings| {
            settings.sampling = SamplerConfig::parent_based(sampler);
            settings.sampler_name = None;
        })
    }

    /// The headers by which services tell each other what they are part of, in place of `OTEL_PROPAGATORS`: all of them are
    /// written, and of those that are read a later one comes before an earlier. None is none at all.
    ///
    /// ```
    /// use spanwise::Propagator;
    ///
    /// let builder = spanwise::builder().propagators([Propagator::B3, Propagator::TraceContext, Propagator::Baggage]);
    /// ```
    pub fn propagators(self, propagators: impl IntoIterator<Item = Propagator>) -> Self {
        let propagators = propagators.into_iter().collect();
        self.say("OTEL_PROPAGATORS", |settings| settings.propagators = propagators)
    }

    /// How many spans that have ended may wait for the exporter, in place of `OTEL_BSP_MAX_QUEUE_SIZE`. 65,536 unless set, and at
    /// least 1.
    pub fn max_queue_size(self, spans: usize) -> Self {
        self.say("OTEL_BSP_MAX_QUEUE_SIZE", move |settings| settings.queue.waiting = spans.max(1))
    }

    /// How many spans are sent in a request at the most, in place of `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`. 2,048 unless set, and at
    /// least 1; no more than may wait.
    pub fn max_export_batch_size(self, spans: usize) -> Self {
        self.say("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", move |settings| settings.queue.batch = Some(spans.max(1)))
    }

    /// How long a span waits at most for its batch to fill, in place of `OTEL_BSP_SCHEDULE_DELAY`. 5 seconds unless set, and 0.1
    /// for the console alone.
    pub fn schedule_delay(self, delay: Duration) -> Self {
        self.say("OTEL_BSP_SCHEDULE_DELAY", move |settings| {
            settings.queue.delay = Some(delay.clamp(Duration::from_millis(1), env::LONGEST));
        })
    }

    /// How long an export may take, in place of `OTEL_BSP_EXPORT_TIMEOUT`; zero is without end. 30 seconds unless set for an
    /// [exporter](Self::exporter) of the application's; a request to a collector has [its own](Self::otlp_timeout), and this only where it is
    /// set, and less.
    pub fn export_timeout(self, timeout: Duration) -> Self {
        self.say("OTEL_BSP_EXPORT_TIMEOUT", move |settings| {
            settings.queue.export_timeout = Some(deadline(timeout));
        })
    }

    /// How many attributes a span may have, in place of `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`. 128 unless set; what is beyond is
    /// counted.
    pub fn attribute_count_limit(self, most: u32) -> Self {
        self.say("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", move |settings| settings.limits.attributes = most)
    }

    /// How many characters a text may have that is an attribute's value, in place of
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`. As many as there are unless set; what is beyond is cut off.
    pub fn attribute_value_length_limit(self, characters: usize) -> Self {
        self.say("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", move |settings| {
            settings.limits.value_length = characters;
        })
    }

    /// How many events a span may have, in place of `OTEL_SPAN_EVENT_COUNT_LIMIT`. 128 unless set; what is beyond is counted.
    pub fn event_count_limit(self, most: u32) -> Self {
        self.say("OTEL_SPAN_EVENT_COUNT_LIMIT", move |settings| settings.limits.events = most)
    }

    /// How many links a span may have, in place of `OTEL_SPAN_LINK_COUNT_LIMIT`. 128 unless set; what is beyond is counted.
    pub fn link_count_limit(self, most: u32) -> Self {
        self.say("OTEL_SPAN_LINK_COUNT_LIMIT", move |settings| settings.limits.links = most)
    }

    /// How many attributes an event may have, in place of `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`. 128 unless set; what is beyond is
    /// counted.
    pub fn event_attribute_count_limit(self, most: u32) -> Self {
        self.say("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", move |settings| {
            settings.limits.attributes_of_event = most;
        })
    }

    /// How many attributes a link may have, in place of `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`. 128 unless set; what is beyond is
    /// counted.
    pub fn link_attribute_count_limit(self, most: u32) -> Self {
        self.say("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", move |settings| settings.limits.attributes_of_link = most)
    }

    /// Where the errors and panics that spans end with are told, in place of `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN`. As events of the
    /// span unless set.
    #[cfg(any(feature = "logs", feature = "log"))]
    pub fn exception_signal(self, signal: crate::logs::ExceptionSignal) -> Self {
        self.say("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", move |settings| {
            settings.exception_signal = Some(signal);
        })
    }

    /// The methods of HTTP that are names of their own, in place of `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`; capitals count.
    /// Those of RFC 9110, `PATCH` and `QUERY` unless set; others are `_OTHER`.
    #[cfg(any(feature = "client", feature = "server"))]
    pub fn known_http_methods(self, methods: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let methods = methods.into_iter().map(Into::into).collect();
        self.say("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", |settings| settings.known_methods = Some(methods))
    }
}

/// A time after which something is given up; zero is never.
fn deadline(time: Duration) -> Duration {
    if time.is_zero() { env::LONGEST } else { time.clamp(Duration::from_millis(1), env::LONGEST) }
}
