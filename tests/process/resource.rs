//! The resource of a process on this machine, compared with what OpenTelemetry's detectors for Python find. `python.rs` says
//! what that needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use opentelemetry::Value;
use spanwise::testing::Collector;

use crate::probe;
use crate::python::python;

type Attributes = BTreeMap<String, String>;

/// The resource of a probe as a collector gets it, with JSON values.
fn described(arguments: &[&str], environment: &[(&str, &str)]) -> Attributes {
    let collector = Collector::start().expect("a collector");
    let endpoint = collector.endpoint();
    let environment = [&[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())], environment].concat();
    let output = probe::run(arguments, &environment);
    assert!(output.status.success(), "{}", probe::stderr(&output));
    let spans = collector.spans();
    let resource = &spans.first().expect("a span").resource;
    let json = |value: &Value| match value {
        // For the values here, `Debug` is JSON.
        Value::String(text) => format!("{:?}", text.as_str()),
        other => other.to_string(),
    };
    resource.iter().map(|one| (one.key.to_string(), json(&one.value))).collect()
}

/// What Python finds in the same environment.
fn of_python(python: &Path, environment: &[(&str, &str)]) -> Attributes {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/python/detectors.py");
    let mut command = probe::python_command(python, environment);
    let output = command.arg(script).output().expect("Python runs");
    assert!(output.status.success(), "{}", probe::stderr(&output));
    let stdout = probe::stdout(&output);
    stdout
        .lines()
        .map(|line| line.split_once('\t').expect("a key and a value"))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// Attributes that differ on purpose, and why.
const DIFFERENT: [(&str, &str); 25] = [
    ("cloud.account.id", "Python does not record the subscription, which the convention names"),
    ("azure.app.service.stamp", "not in the conventions"),
    ("azure.resource_group.name", "Python does not record it"),
    ("aws.log.group.names", "Python does not record it"),
    ("aws.log.stream.names", "Python does not record it"),
    (
        "cloud.resource_id",
        "of functions the convention wants that of one function, which is a span's; Python records the app's",
    ),
    ("container.id", "Python takes any hexadecimal name at the end of a control group's path, of any length"),
    ("container.runtime.name", "Python does not record it"),
    ("deployment.environment", "not in the conventions any more, and a slot is no environment"),
    ("faas.max_memory", "Python gives MiB where the convention has bytes"),
    ("host.arch", "Python has x86_64 where the convention has amd64"),
    ("host.id", "not in a container, nor where the file is no id; Python records the site's name in Azure"),
    ("os.build_id", "Python does not record it"),
    ("os.description", "Python does not record it"),
    ("os.name", "Python does not record it"),
    (
        "os.version",
        "of the distribution, as in the convention's examples; Python records the kernel's release",
    ),
    ("process.command_line", "the convention does not want it put together from arguments"),
    ("process.creation.time", "Python does not record it"),
    ("process.pid", "two processes"),
    ("service.instance.id", "two processes; in Azure Python records the site's"),
    ("service.name", "Python has another executable, and records the site's name in Azure"),
    ("service.version", "the application's own"),
    ("vcs.ref.head.revision", "the application's own build information"),
    // A prefix: the two programs are in different languages.
    ("process.", "another program"),
    ("telemetry.sdk.", "another SDK"),
];

/// The attributes of `process.*` that are the same for both.
const OF_BOTH: [&str; 2] = ["process.owner", "process.parent_pid"];

fn is_different(key: &str) -> bool {
    !(cfg!(target_os = "linux") && OF_BOTH.contains(&key))
        && DIFFERENT.iter().any(|(known, _)| key == *known || known.ends_with('.') && key.starts_with(known))
}

/// Asserts that all other attributes are the same on both sides. Returns those that both have.
fn compare(ours: &Attributes, theirs: &Attributes, differs: &[&str]) -> BTreeSet<String> {
    let is_different = |key: &str| is_different(key) || differs.contains(&key);
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for key in keys.iter().filter(|key| !is_different(key)) {
        assert_eq!(ours.get(*key), theirs.get(*key), "{key}\n{ours:#?}\n{theirs:#?}");
    }
    keys.into_iter().filter(|key| !is_different(key)).cloned().collect()
}

#[test]
fn this_machine_is_described_as_python_describes_it() {
    let Some(python) = python() else { return };
    let (ours, theirs) = (described(&["described"], &[]), of_python(&python, &[]));
    // For a user that is not in `/etc/passwd`, Python has the number, or asks a directory service.
    let differs: &[&str] = if ours.contains_key("process.owner") { &[] } else { &["process.owner"] };
    let same = compare(&ours, &theirs, differs);
    for key in ["host.name", "os.type", "process.parent_pid"] {
        assert!(cfg!(not(target_os = "linux")) || same.contains(key), "{key}: {same:?}");
    }
    // The same machine with another name, or the same source.
    if ours.contains_key("host.id") {
        assert_eq!(ours["host.id"], theirs["host.id"]);
    }
    if cfg!(target_os = "linux") {
        let kernel: String = theirs["os.version"].trim_matches('"').to_owned();
        assert!(ours["os.description"].ends_with(&format!("Linux {kernel}\"")), "{ours:#?}");
    }
    let arch = [("\"x86_64\"", "\"amd64\""), ("\"aarch64\"", "\"arm64\"")];
    let named = arch.iter().find(|(theirs_is, _)| theirs["host.arch"] == *theirs_is);
    assert_eq!(ours["host.arch"], named.map_or(theirs["host.arch"].as_str(), |(_, ours)| ours));
}

#[test]
fn clouds_are_described_as_python_describes_them() {
    let Some(python) = python() else { return };
    let both = |environment: &[(&str, &str)]| {
        (described(&["described"], environment), of_python(&python, environment))
    };

    let (ours, theirs) = both(&[
        ("AWS_REGION", "eu-west-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "resize"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/21/[$LATEST]2f39"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ]);
    let same = compare(&ours, &theirs, &[]);
    for key in
        ["cloud.provider", "cloud.platform", "cloud.region", "faas.name", "faas.version", "faas.instance"]
    {
        assert!(same.contains(key), "{key}: {same:?}");
    }
    assert_eq!((&*ours["faas.max_memory"], &*theirs["faas.max_memory"]), ("134217728", "128"));

    let site = [
        ("WEBSITE_SITE_NAME", "shop"),
        ("WEBSITE_RESOURCE_GROUP", "shop-rg"),
        ("WEBSITE_OWNER_NAME", "1111+shop-rg-webspace"),
        ("REGION_NAME", "westeurope"),
        ("WEBSITE_INSTANCE_ID", "6f3c"),
    ];
    // Its constants are older than the dot in this name.
    let old = &["cloud.platform"];
    let (ours, theirs) = both(&site);
    assert_eq!(
        (&*ours["cloud.platform"], &*theirs["cloud.platform"]),
        (r#""azure.app_service""#, r#""azure_app_service""#)
    );
    assert!(compare(&ours, &theirs, old).contains("cloud.region"));
    assert_eq!(ours["cloud.resource_id"], theirs["cloud.resource_id"]);
    let function =
        [&site[..], &[("FUNCTIONS_WORKER_RUNTIME", "custom"), ("WEBSITE_MEMORY_LIMIT_MB", "1536")]].concat();
    let (ours, theirs) = both(&function);
    let same = compare(&ours, &theirs, old);
    assert!(same.contains("cloud.region") && same.contains("faas.instance"), "{same:?}");
}

/// Keys, and names of clouds and platforms, are compared with the constants that Python generates from the conventions.
#[test]
fn each_key_is_in_the_conventions() {
    let Some(python) = python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/python/conventions.py");
    let output = probe::python_command(&python, &[]).arg(script).output().expect("Python runs");
    let known = probe::stdout(&output);
    let known: BTreeSet<&str> = known.lines().collect();
    assert!(known.len() > 500, "{}", probe::stderr(&output));
    let table = include_str!("../../runtime/docs/resource.md");
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let keys = line.split(" | ").next().unwrap_or_default();
        for key in keys.split('`').skip(1).step_by(2) {
            assert!(known.contains(key), "{key}");
        }
        if !keys.contains("cloud.platform") {
            continue;
        }
        let named = line.split("`: `").skip(1).filter_map(|rest| rest.split('`').next());
        for platform in named.chain(["gcp_cloud_functions"]) {
            assert!(known.contains(&*format!("cloud.platform={platform}")), "{platform}");
        }
    }
    for provider in ["aws", "gcp", "azure"] {
        assert!(known.contains(&*format!("cloud.provider={provider}")), "{provider}");
    }
}

#[test]
fn command_line_and_build_are_recorded_without_secrets() {
    let ours = described(
        &["described", "--password", "hunter2", "--url=http://u:hunter2@h/"],
        &[("OTEL_SERVICE_NAME", "named")],
    );
    assert_eq!(ours["service.name"], "\"named\"");
    assert_eq!(ours["service.version"], format!("{:?}", env!("CARGO_PKG_VERSION")));
    let arguments = &ours["process.command_args"];
    let expected = r#""described","--password","REDACTED","--url=http://REDACTED:REDACTED@h/"]"#;
    assert!(arguments.ends_with(expected), "{arguments}");
    assert!(!format!("{ours:?}").contains("hunter2"));
    // By default they are not recorded.
    let quiet = described(
        &["no-runtime", "--password"],
        &[("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=mine,os.type=odd")],
    );
    assert!(!quiet.keys().any(|key| key.starts_with("process.command")), "{quiet:#?}");
    assert_eq!((&*quiet["service.instance.id"], &*quiet["os.type"]), ("\"mine\"", "\"odd\""));
}

#[test]
fn the_results_of_the_detectors_can_be_read() {
    let output =
        probe::run(&["no-runtime"], &[("OTEL_TRACES_EXPORTER", "none"), ("OTEL_LOG_LEVEL", "debug")]);
    let stderr = probe::stderr(&output);
    for line in [
        "detail: resource detector host: host.name, host.arch",
        "detail: resource detector kubernetes: not here: KUBERNETES_SERVICE_HOST is not set",
        "detail: resource detector build: not here: the builder has no build information",
    ] {
        assert!(stderr.contains(line), "{stderr}");
    }
}
