//! What only the code can set: no variable stands for it.

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry_sdk::trace::{SpanExporter, SpanProcessor};

use super::Builder;
use crate::engine::recorder::hook::SpanHook;
use crate::export::MAX_REQUEST_BYTES_EVER;
use crate::sampling::KeepOnError;

impl Builder {
    /// Sets how long a shutdown may take, including that of a dropped guard. The default is 5 seconds.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Sets how many bytes of encoded spans are kept in memory while the collector is unavailable. The default is 64 MiB.
    ///
    /// Beyond that, spans are dropped and counted: first batches without a failed span, and of those the newest, because the
    /// spans from the start of an outage explain it. The oldest spans are sent first when the collector is back.
    pub fn max_memory_bytes(mut self, bytes: usize) -> Self {
        self.max_memory_bytes = bytes;
        self
    }

    /// Sets how many bytes of encoded spans a request has at most. The default is 960 KiB: many proxies accept no more than a million.
    ///
    /// At most 64 MiB, which the [protocol](https://opentelemetry.io/docs/specs/otlp/) asks for. A span that is larger is sent alone; one of more
    /// than 64 MiB is dropped. If the collector says that a request is too large, it is sent in parts, and later ones are made
    /// smaller.
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.max_request_bytes = bytes.min(MAX_REQUEST_BYTES_EVER);
        self
    }

    /// Keeps on disk, in this directory, the spans that the collector does not accept within a second.
    ///
    /// They survive an outage that outlasts the process: the next process with the same directory sends them. Several
    /// processes can share a directory. A process that is killed (by `SIGKILL`, for example) loses the spans that ended within
    /// the last `OTEL_BSP_SCHEDULE_DELAY` plus that second. Spans on disk survive everything but a power failure. Spans are
    /// delivered *at least* once: those that were being sent when the process ended may arrive twice.
    ///
    /// A missing directory is created with mode 0700. A directory that others can write to is rejected with one warning on
    /// standard error, and spans are kept in memory only. For the same reason there is no default in a shared temporary
    /// directory.
    pub fn spool(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spool = Some(directory.into());
        self
    }

    /// Sets how many bytes the [spool](Self::spool) may have. The default is 1 GiB.
    ///
    /// Beyond that, batches without a failed span make room for those with one, and the others stay in memory.
    pub fn max_spool_bytes(mut self, bytes: u64) -> Self {
        self.max_spool_bytes = bytes;
        self
    }

    /// Logs each span that is lost for good, on a line of standard error, because no collector accepted it. Off by default: the
    /// lines contain the spans' attributes.
    pub fn log_lost_spans(mut self, log: bool) -> Self {
        self.logs_lost_spans = log;
        self
    }

    /// Exports spans with this OpenTelemetry exporter, instead of the exporters of the environment.
    ///
    /// It runs on Spanwise's thread, receives batches of up to `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` spans, and has
    /// `OTEL_BSP_EXPORT_TIMEOUT`, 30 seconds by default, for each. Spans that it does not accept are counted as rejected and not
    /// exported again.
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.exporter = Some(Box::new(exporter));
        self
    }

    /// Installs the [panic hook](crate::install_panic_hook), which lets spans record the messages of panics. On by default.
    pub fn panic_hook(mut self, install: bool) -> Self {
        self.has_panic_hook = install;
        self
    }

    /// Adds a hook that sees each recorded span when it starts and when it ends. Hooks run in the order in which they are
    /// added.
    pub fn hook(mut self, hook: impl SpanHook) -> Self {
        self.hooks.push(Box::new(hook));
        self
    }

    /// Adds an OpenTelemetry span processor, which sees spans before they are exported.
    ///
    /// The SDK's provider then records all spans, at the SDK's cost, and Spanwise's export becomes the last of its processors. A
    /// [`hook`](Self::hook) does most of what a processor does and keeps Spanwise's recorder. With a processor, hooks are not
    /// called.
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Box::new(|builder| builder.with_span_processor(processor)));
        self
    }

    /// On `SIGTERM` or `SIGINT` (on Windows: Ctrl-C), sends or spools what has ended and then ends the process, with the status
    /// 128 plus the signal's number. Off by default.
    ///
    /// Metrics since their last export are lost. It is meant for programs that do nothing else when they are asked to stop. A
    /// program that has work to finish handles the signal itself and calls [`Guard::shutdown`](crate::Guard::shutdown) at the
    /// end.
    pub fn shutdown_on_signal(mut self, shut_down: bool) -> Self {
        self.is_shut_down_on_signal = shut_down;
        self
    }

    /// In a program that is built with `panic = "abort"`, sends or spools what has ended before a panic aborts the process. Off
    /// by default: the panicking thread waits for it, up to the [shutdown timeout](Self::shutdown_timeout).
    ///
    /// With [`keep_on_error`](Self::keep_on_error), all held spans are kept. In a program that unwinds this has no effect.
    pub fn flush_on_abort(mut self, flush: bool) -> Self {
        self.is_flushed_on_abort = flush;
        self
    }

    /// Sends or spools what has ended when the program calls [`std::process::exit`], which runs no destructor, the guard's neither. Off by
    /// default: the thread that exits waits for it, up to the [shutdown timeout](Self::shutdown_timeout).
    ///
    /// On Unix only. Elsewhere a warning says so at startup.
    pub fn flush_on_exit(mut self, flush: bool) -> Self {
        self.is_flushed_on_exit = flush;
        self
    }

    /// Sets how many spans of a trace this process records. By default there is no limit.
    ///
    /// Beyond that, no span is started. Work that runs there has the last span before the limit as its parent, and so do the
    /// spans of the services that it calls, which follow the trace's sampling decision. The spans that were not started are
    /// counted ([`Dropped::over_trace_limit`](crate::setup::Dropped::over_trace_limit)), and the trace's local root records their number as
    /// `spanwise.dropped_spans`. The count continues after that span has ended, for work that returns with the same trace; it
    /// is forgotten when newer traces need its place.
    ///
    /// With a [span processor](Self::span_processor) this is ignored, with a warning.
    ///
    /// ```
    /// let builder = spanwise::builder().max_spans_per_trace(10_000);
    /// ```
    pub fn max_spans_per_trace(mut self, spans: u32) -> Self {
        self.max_spans_per_trace = Some(spans);
        self
    }

    /// Records unsampled spans, too, and exports those of traces in which something fails: see [`KeepOnError`] and its limits.
    ///
    /// With a [span processor](Self::span_processor) this is ignored, with a warning.
    pub fn keep_on_error(mut self, keep: KeepOnError) -> Self {
        self.keep_on_error = Some(keep);
        self
    }

    /// Warns on standard error, once for each place, of a span that seems to have lost its context: a span of your code that
    /// starts a new trace in a Tokio task while other spans are open. On by default, but only if Spanwise is compiled with
    /// debug assertions, which Cargo does without `--release`. See [`tasks`](crate::docs::tasks#what-loses-the-context).
    pub fn warn_lost_context(mut self, warn: bool) -> Self {
        self.warns_of_lost_context = warn;
        self
    }
}
