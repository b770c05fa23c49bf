//! A probe that writes down the spans that it creates (`tests/programs/probe/paced.rs`), and what happened to them.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::probe::Running;
use crate::scripted::{Scripted, ids_in, scratch};

/// The protocol between the probe and its collector.
pub(crate) type Settings<'a> = &'a [(&'a str, &'a str)];

pub(crate) const GRPC: Settings<'_> = &[];
pub(crate) const HTTP: Settings<'_> = &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];

/// A probe that creates a thousand spans a second for a while.
pub(crate) struct Paced {
    probe: Running,
    ids: PathBuf,
}

/// The spans that it created, and its report after the shutdown.
pub(crate) struct Outcome {
    pub(crate) created: HashSet<String>,
    fields: HashMap<String, u64>,
    pub(crate) stderr: String,
}

impl Paced {
    pub(crate) fn start(collector: &Scripted, milliseconds: u32, settings: Settings<'_>) -> Self {
        Self::start_at(1_000, collector, milliseconds, settings)
    }

    /// The same with another number of spans a second.
    pub(crate) fn start_at(
        per_second: u32,
        collector: &Scripted,
        milliseconds: u32,
        settings: Settings<'_>,
    ) -> Self {
        let ids = scratch();
        let endpoint = collector.endpoint();
        let arguments =
            ["paced", &per_second.to_string(), &milliseconds.to_string(), &ids.display().to_string()];
        let mut environment =
            vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
        environment.extend(settings);
        Self { probe: Running::start(&arguments, &environment), ids }
    }

    /// Waits until it has finished this tenth.
    pub(crate) fn reaches(&mut self, part: u32) {
        let part = format!("part {part}");
        while self.line() != part {}
    }

    /// Waits until it has created all spans, and returns their number.
    pub(crate) fn is_done(&mut self) -> usize {
        loop {
            if let Some(spans) = self.line().strip_prefix("recorded ") {
                return spans.parse().expect("a number");
            }
        }
    }

    /// The most memory that it has had.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory_mebibytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.probe.id())).expect("it runs");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a line");
        let kibibytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
        kibibytes / 1024
    }

    fn line(&mut self) -> String {
        let line = self.probe.line();
        assert!(!line.is_empty(), "the probe is gone");
        line
    }

    /// Waits until the collector has everything, and only then shuts down, because a shutdown tries everything once more.
    pub(crate) fn delivers_all(mut self, collector: &mut Scripted) -> Outcome {
        let spans = self.is_done();
        let has_come = collector.ask(&format!("await count {spans}"));
        let outcome = self.ends();
        outcome.is_all_with(collector);
        assert_eq!(has_come, "ok", "it has come at the shutdown; {}", outcome.stderr);
        outcome
    }

    /// Shuts it down, and asserts that each span is counted exactly once.
    pub(crate) fn ends(self) -> Outcome {
        let (stdout, stderr) = self.probe.stop();
        let fields: HashMap<_, _> = stdout
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.parse().expect("a number")))
            .collect();
        let outcome = Outcome { created: ids_in(&self.ids), fields, stderr };
        let count = |name| outcome.count(name);
        assert_eq!(count("created"), outcome.created.len() as u64, "{stdout}");
        let on_the_way = ["open", "buffered", "in_flight", "kept", "spooled"].map(count);
        let at_the_end = ["exported", "discarded", "dropped"].map(count);
        let places = on_the_way.iter().chain(&at_the_end);
        assert_eq!(count("created") + count("adopted"), places.sum::<u64>(), "{stdout}");
        // After a shutdown nothing is in flight, and without a spool nothing is on disk.
        assert_eq!((on_the_way, count("adopted")), ([0; 5], 0), "{stdout}");
        outcome
    }
}

impl Outcome {
    /// A number of the report.
    pub(crate) fn count(&self, name: &str) -> u64 {
        *self.fields.get(name).unwrap_or_else(|| panic!("no {name}: {}", self.stderr))
    }

    /// Asserts that everything has arrived, and that the report says so.
    pub(crate) fn is_all_with(&self, collector: &mut Scripted) {
        let arrived = collector.ids();
        // Without the sets, which are too large to read.
        let missing = self.created.difference(&arrived).count();
        let unknown = arrived.difference(&self.created).count();
        assert_eq!((missing, unknown), (0, 0), "missing and unknown spans; {}", self.stderr);
        assert_eq!(self.count("exported"), self.created.len() as u64, "{}", self.stderr);
    }
}
