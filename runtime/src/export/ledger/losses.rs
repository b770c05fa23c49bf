//! The reasons why spans are lost. Each is one row of the table below.

use crate::engine::queue::span_queue::QueueCounts;

/// Makes the reasons, the public counts and their texts from one table. A row has
/// - the documentation, the public field of [`Dropped`] and the name of the [`LossReason`];
/// - `text`, what happened to the spans, as in `3 spans were …`;
/// - `advice`, what a person can do about it;
/// - `queue`, only if the losses are counted by the queue: the field of [`QueueCounts`].
macro_rules! loss_reasons {
    ($(
        $(#[$doc:meta])*
        $field:ident: $reason:ident {
            text: $text:literal,
            advice: $advice:literal,
            $(queue: $counter:ident,)?
        }
    )*) => {
        /// Why a span was lost.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::export) enum LossReason {
            $($reason,)*
        }

        impl LossReason {
            pub(in crate::export) const ALL: &[Self] = &[$(Self::$reason,)*];

            /// What happened to the spans, as in `3 spans were …`.
            pub(in crate::export) const fn text(self) -> &'static str {
                match self { $(Self::$reason => $text,)* }
            }

            /// What a person can do about it.
            pub(in crate::export) const fn advice(self) -> &'static str {
                match self { $(Self::$reason => $advice,)* }
            }

            /// How many spans the queue has counted as lost for this reason.
            pub(in crate::export) const fn in_queue(self, counts: &QueueCounts) -> u64 {
                match self { $(Self::$reason => 0 $(+ counts.$counter)?,)* }
            }
        }

        /// The spans that were lost, by reason.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Dropped {
            $($(#[$doc])* pub $field: u64,)*
        }

        impl Dropped {
            pub(in crate::export) fn count(count: impl Fn(LossReason) -> u64) -> Self {
                Self { $($field: count(LossReason::$reason),)* }
            }

            pub(in crate::export) const fn of(&self, reason: LossReason) -> u64 {
                match reason { $(LossReason::$reason => self.$field,)* }
            }
        }
    };
}

loss_reasons! {
    /// Ended faster than the exporter took them (`OTEL_BSP_MAX_QUEUE_SIZE`).
    queue_full: QueueFull {
        text: "dropped because the queue was full",
        advice: "spans end faster than they are exported; OTEL_BSP_MAX_QUEUE_SIZE sets how many may wait",
        queue: full,
    }
    /// Ended while 64 MiB of spans were waiting for the exporter.
    queue_bytes: QueueBytes {
        text: "dropped because 64 MiB of spans were waiting for the exporter",
        advice: "record less in one span: large spans end faster than they are exported",
        queue: full_of_bytes,
    }
    /// The collector was unavailable or too slow, and the memory for such an outage was full ([`Builder::max_memory_bytes`](crate::Builder::max_memory_bytes)).
    memory_full: MemoryFull {
        text: "dropped because the memory for an outage was full",
        advice: "the collector was unavailable, or slower than spans end, for too long; `max_memory_bytes` sets how much is kept, and a \
                 spool keeps more",
    }
    /// The collector was unavailable or too slow, and the spool was full ([`Builder::max_spool_bytes`](crate::Builder::max_spool_bytes)). If the disk itself is full, spans
    /// are kept in memory instead.
    disk_full: DiskFull {
        text: "dropped because the spool was full",
        advice: "the collector was unavailable, or slower than spans end, for too long; `max_spool_bytes` sets how much is kept",
    }
    /// Their files in the spool were damaged, or deleted by someone else.
    damaged: Damaged {
        text: "dropped because their files in the spool were damaged or gone",
        advice: "damaged files are in the spool's `quarantine` directory",
    }
    /// The collector, or another exporter, rejected them.
    rejected: Rejected {
        text: "rejected by the collector",
        advice: "the collector's log has the reason",
    }
    /// Refused by the collector for five minutes, each alone, though it accepted others.
    refused: Refused {
        text: "dropped because the collector refused them again and again, though it accepted others",
        advice: "the collector's log has the reason",
    }
    /// Each larger than the collector accepts, or than 64 MiB.
    too_large: TooLarge {
        text: "dropped because each was larger than a request may be",
        advice: "record less in one span; the collector's `max_recv_msg_size_mib` or `max_request_body_size`, or that of a proxy \
                 before it, sets how much it accepts",
    }
    /// Ended after the shutdown.
    after_shutdown: AfterShutdown {
        text: "dropped because they ended after the shutdown",
        advice: "shut down when all work is done",
        queue: after_close,
    }
    /// Ended in a forked child that has not called [`init`](crate::init).
    forked: Forked {
        text: "dropped because they ended in a forked process that does not export",
        advice: "call `spanwise::init()` after the fork",
        queue: forked,
    }
    /// Started or ended in a signal handler that had interrupted the recording of another span.
    interrupted: Interrupted {
        text: "dropped in a signal handler that had interrupted the recording of another span",
        advice: "record no spans in signal handlers: set a flag there",
        queue: interrupted,
    }
    /// Started in the destructor of a thread-local variable, after the thread's context was destroyed.
    thread_gone: ThreadGone {
        text: "dropped because their threads were being torn down",
        advice: "spans cannot start in the destructors of thread-local variables",
        queue: thread_gone,
    }
    /// Not accepted by any collector before the shutdown's deadline.
    undelivered: Undelivered {
        text: "dropped because no collector accepted them in time",
        advice: "the collector was unavailable or too slow at the shutdown; a spool keeps such spans for the next process",
    }
    /// Could not be written to their file, or to standard output.
    unwritten: Unwritten {
        text: "dropped because they could not be written",
        advice: "the warning before this one has the reason",
    }
    /// Never recorded, because their traces had [reached the limit](crate::Builder::max_spans_per_trace).
    over_trace_limit: OverTraceLimit {
        text: "not recorded because their traces had too many spans",
        advice: "`max_spans_per_trace` sets how many a trace may have",
        queue: over_trace_limit,
    }
}

impl Dropped {
    /// The number of spans lost for any reason.
    #[must_use]
    pub fn total(&self) -> u64 {
        LossReason::ALL.iter().map(|reason| self.of(*reason)).sum()
    }
}
