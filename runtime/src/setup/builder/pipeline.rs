//! What the pipeline does beside what variables can say.

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry_sdk::trace::{SpanExporter, SpanProcessor};

use super::Builder;
use crate::engine::recorder::hook::SpanHook;
use crate::sampling::KeepOnError;

impl Builder {
    /// How long a shutdown may take, that of a dropped guard included. 5 seconds unless set.
    pub fn shutdown_within(mut self, within: Duration) -> Self {
        self.shutdown_within = within;
        self
    }

    /// How many bytes of encoded spans are kept in memory while the collector is away. 64 MiB unless
    /// set.
    ///
    /// Past that some are dropped and counted: batches without a failed span first, and of those the newest, since what was
    /// there when the outage began is what explains it. What is kept is sent again, oldest first.
    pub fn kept_bytes(mut self, bytes: usize) -> Self {
        self.kept_bytes = bytes;
        self
    }

    /// Keeps on disk what the collector does not take within a second, in this directory.
    ///
    /// Then an outage is survived by the process and by its end: what is left is sent by the next process that is given the
    /// same directory, several at a time if need be. A process that is killed (by `SIGKILL`, say) loses what ended
    /// within the last `OTEL_BSP_SCHEDULE_DELAY` and that second; nothing is lost of what is on disk, but for a failure of
    /// power. Spans arrive *at least* once: those that were being sent at the moment of the end may arrive twice.
    ///
    /// The directory is created with mode 0700 where it is missing. One that others can write to is refused, told once on
    /// standard error, and memory alone is used: there is no default in a shared temporary folder for the same reason.
    pub fn spool(mut self, directory: impl Into<PathBuf>) -> Self {
        self.spool = Some(directory.into());
        self
    }

    /// How many bytes are kept in the [spool](Self::spool). 1 GiB unless set.
    ///
    /// Past that, batches without a failed span make room for those with one, and others stay in memory.
    pub fn spool_bytes(mut self, bytes: u64) -> Self {
        self.spool_bytes = bytes;
        self
    }

    /// Whether spans that are lost for good, because no collector took them in time or would take them at all, are
    /// written to standard error, a line each. No unless set: their attributes are written, too.
    pub fn log_lost_spans(mut self, log: bool) -> Self {
        self.tells_lost = log;
        self
    }

    /// Exports by this exporter of OpenTelemetry's, in place of what the environment says.
    ///
    /// It runs on Spanwise's thread, gets batches as `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` says, and has 30 seconds for each. What
    /// it does not take is counted as rejected; it is not given a second time.
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.exporter = Some(Box::new(exporter));
        self
    }

    /// Whether to install the [panic hook](crate::install_panic_hook) that lets spans carry the messages of
    /// panics. Yes unless set.
    pub fn panic_hook(mut self, install: bool) -> Self {
        self.panic_hook = install;
        self
    }

    /// Shows each recorded span to this hook when it starts and when it ends. Hooks are called in the order they
    /// were given.
    pub fn hook(mut self, hook: impl SpanHook) -> Self {
        self.hooks.push(Box::new(hook));
        self
    }

    /// Gives spans to this span processor of OpenTelemetry's, too, before they are exported.
    ///
    /// With one, the SDK's own provider makes all spans, which costs what it costs there, and Spanwise's export is the
    /// last of its processors. A [`hook`](Self::hook) does most of what a processor does, and costs nothing of the
    /// kind; it is not called beside one.
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Box::new(|builder| builder.with_span_processor(processor)));
        self
    }

    /// Whether a `SIGTERM` or `SIGINT` (on Windows: Ctrl-C) sends what there is, or puts it into the spool, and then ends
    /// the process, with the status 128 and the signal's number. No unless set.
    ///
    /// Metrics since their last export are not among it. For programs that do nothing else when they are asked to end. One that has work to finish waits for the signal
    /// itself, and calls [`Guard::shutdown`](crate::Guard::shutdown) at the end.
    pub fn shutdown_on_signal(mut self, shut_down: bool) -> Self {
        self.ends_on_signal = shut_down;
        self
    }

    /// Whether a panic in a program that is built with `panic = "abort"` sends what has ended so far, or puts it into the
    /// spool, before the process dies. No unless set: the thread that panics waits for it, as long as a shutdown
    /// may take. With [`keep_on_error`](Self::keep_on_error) all that is held is kept. In programs that unwind this does nothing.
    pub fn flush_on_abort(mut self, flush: bool) -> Self {
        self.flushes_on_abort = flush;
        self
    }

    /// How many spans of a trace are recorded in this process. As many as there are, unless set.
    ///
    /// Beyond that none is started: what runs there has the last span that was for its parent, and so have the spans of other
    /// services that it calls, which go on as the trace's sampling says. They are counted
    /// ([`Dropped::over_the_cap`](crate::Dropped::over_the_cap)), and the span that the trace began with here tells how many
    /// there were, in `spanwise.dropped_spans`. The count goes on when that one has ended, for what comes back with the
    /// same trace; it is forgotten in time, where others need the room.
    ///
    /// With a [span processor](Self::span_processor) it is not heeded, which is told once.
    ///
    /// ```
    /// let builder = spanwise::builder().spans_per_trace(10_000);
    /// ```
    pub fn spans_per_trace(mut self, spans: u32) -> Self {
        self.spans_per_trace = Some(spans);
        self
    }

    /// Records what is not sampled, too, and keeps it where something has failed: see [`KeepOnError`], and what it cannot do.
    ///
    /// With a [span processor](Self::span_processor) it is not heeded, which is told once.
    pub fn keep_on_error(mut self, keep: KeepOnError) -> Self {
        self.keep_on_error = Some(keep);
        self
    }

    /// Whether a span that seems to have lost its context is told on standard error, once for each place: one of the code's
    /// own that starts a trace of its own inside of a Tokio task, while other spans are open. Yes unless set; only where
    /// Spanwise was compiled with debug assertions, as Cargo does unless it is told `--release`. See
    /// [`tasks`](crate::tasks#what-loses-the-context).
    pub fn warn_orphans(mut self, warn: bool) -> Self {
        self.warns_of_orphans = warn;
        self
    }
}
