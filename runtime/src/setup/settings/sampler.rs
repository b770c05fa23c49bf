//! Which sampler decides.

use opentelemetry_sdk::trace::{Sampler, ShouldSample};

use super::reader::Reader;
use super::variable::{Documentation, Read, Variable};
use crate::sampling::config::SamplerConfig;
use crate::setup::builder::Builder;

pub(super) static VARIABLES: &[&Variable] = &[&SAMPLER, &SAMPLER_ARG];

const DEFAULT: &str = "parentbased_always_on";

static SAMPLER: Variable = Variable {
    show: Some(|all| {
        let name = all.settings.sampler_name.clone();
        Some(name.unwrap_or_else(|| format!("{:?}", all.settings.sampling.sampler)))
    }),
    ..Variable::new(
        "OTEL_TRACES_SAMPLER",
        Read::Once(|reader, settings| {
            let (sampling, name) = read(reader);
            settings.sampling = sampling;
            settings.sampler_name = Some(name);
        }),
        Documentation {
            in_code: &["sampler", "root_sampler"],
            default: "`parentbased_always_on`; `always_on`, `always_off`, `traceidratio` and their `parentbased_` forms",
            used_by: "the recorder",
            tests: &["recording::samplers"],
        },
    )
};

static SAMPLER_ARG: Variable = Variable {
    show: Some(|all| {
        let name = all.settings.sampler_name.as_deref()?;
        Some(name.split_once(", ")?.1.to_owned()).filter(|_| all.value(&SAMPLER_ARG).is_some())
    }),
    ..Variable::new(
        "OTEL_TRACES_SAMPLER_ARG",
        Read::ByAnother,
        Documentation {
            in_code: &[],
            default: "1.0; from 0 to 1",
            used_by: "the sampler `traceidratio`",
            tests: &["recording::sampler_arguments"],
        },
    )
};

/// The `initialSamplingRate` of a `jaeger_remote` sampler: what is sampled until its server has replied.
fn initial_rate(reader: &mut Reader<'_>) -> Option<f64> {
    let argument = reader.beside(SAMPLER_ARG.name, |reader| reader.text())?;
    let pairs = argument.split(',').filter_map(|pair| pair.split_once('='));
    let mut rates = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case("initialSamplingRate"));
    rates.find_map(|(_, rate)| rate.trim().parse().ok()).filter(|rate| (0.0..=1.0).contains(rate))
}

/// One of the specification's samplers, and its name with its argument.
fn read(reader: &mut Reader<'_>) -> (SamplerConfig, String) {
    let value = reader.text().unwrap_or_else(|| DEFAULT.to_owned());
    let name = value.to_ascii_lowercase();
    let (is_parent_based, root) = match name.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, name.as_str()),
    };
    let sampler = match root {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(reader.beside(SAMPLER_ARG.name, read_ratio)),
        "jaeger_remote" if initial_rate(reader).is_some() => {
            let rate = initial_rate(reader).unwrap_or(1.0);
            let problem = "asks a server which traces to record, which is not supported";
            reader.warn(&value, problem, &format!("a rate of {rate}, its initialSamplingRate"));
            Sampler::TraceIdRatioBased(rate)
        }
        other => {
            let problem = match other {
                "jaeger_remote" | "xray" => {
                    "asks a server which traces to record, which is not supported; \
                     OTEL_TRACES_SAMPLER=parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG=0.1 records a tenth, and a \
                     collector can decide the rest"
                }
                _ => {
                    "is not one of always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, \
                     parentbased_traceidratio"
                }
            };
            reader.warn(&value, problem, DEFAULT);
            return (SamplerConfig::parent_based(Sampler::AlwaysOn), DEFAULT.to_owned());
        }
    };
    let name_and_argument = match &sampler {
        Sampler::TraceIdRatioBased(ratio) => format!("{name}, {ratio}"),
        _ => name.clone(),
    };
    let sampling =
        if is_parent_based { SamplerConfig::parent_based(sampler) } else { SamplerConfig::new(sampler) };
    (sampling, name_and_argument)
}

fn read_ratio(reader: &mut Reader<'_>) -> f64 {
    let Some(value) = reader.text() else { return 1.0 };
    match value.parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => ratio,
        _ => {
            reader.warn(&value, "is not a number from 0 to 1", "1.0");
            1.0
        }
    }
}

impl Builder {
    /// Sets the sampler. Overrides `OTEL_TRACES_SAMPLER`. It decides for every span, children included; to let children follow
    /// their parent, use [`root_sampler`](Self::root_sampler).
    pub fn sampler(self, sampler: impl ShouldSample + 'static) -> Self {
        self.with_sampling(SamplerConfig::new(sampler))
    }

    /// Sets the sampler for traces that start in this process. Overrides `OTEL_TRACES_SAMPLER`. A span with a parent follows its
    /// parent's decision without asking the sampler: a child of an unsampled parent costs next to nothing.
    pub fn root_sampler(self, sampler: impl ShouldSample + 'static) -> Self {
        self.with_sampling(SamplerConfig::parent_based(sampler))
    }

    fn with_sampling(self, sampling: SamplerConfig) -> Self {
        let builder = self.override_with(&SAMPLER, |settings| {
            settings.sampling = sampling;
            settings.sampler_name = None;
        });
        // Its argument goes with it.
        builder.override_with(&SAMPLER_ARG, |_| {})
    }
}
