//! A wrong value never stops the application. One warning names it, and the value that is used instead.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::probe::{Running, run, stderr, stdout};

#[test]
fn wrong_values_are_warned_about_and_the_application_runs() {
    for (name, value, instead) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "using http://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:hunter2@", "using http://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke-signals", "using grpc"),
        ("OTEL_TRACES_EXPORTER", "carrier-pigeon", "using the rest of the list"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "using parentbased_always_on"),
    ] {
        // Without a collector, because a shutdown would wait for one at the default port.
        let output = run(
            &["init-twice"],
            &[
                (name, value),
                ("OTEL_TRACES_EXPORTER", if name == "OTEL_TRACES_EXPORTER" { value } else { "none" }),
            ],
        );
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        let warnings = stderr(&output);
        let warnings: Vec<_> =
            warnings.lines().filter(|line| line.starts_with("spanwise: warning: ")).collect();
        let [warning] = warnings.as_slice() else { panic!("{name}: {warnings:?}") };
        assert!(warning.contains(name) && warning.contains(instead), "{warning}");
        assert!(!warning.contains("hunter2"), "{warning}");
    }
}

#[test]
fn a_sampler_argument_that_is_not_a_number_is_warned_about() {
    let output =
        run(&["no-runtime"], &[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "half")]);
    assert_eq!(stdout(&output), "2 spans: 2 exported\n");
    let warning =
        "spanwise: warning: OTEL_TRACES_SAMPLER_ARG=\"half\" is not a number from 0 to 1; using 1.0";
    assert!(stderr(&output).contains(warning), "{}", stderr(&output));
}

#[test]
fn a_second_init_is_an_error() {
    let output = run(&["init-twice"], &[]);
    assert!(output.status.success());
    assert!(
        stdout(&output).contains("already initialized in this process: call `spanwise::init()` once"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn samplers_and_the_sdk_switch_apply() {
    for environment in [[("OTEL_TRACES_SAMPLER", "always_off")], [("OTEL_SDK_DISABLED", "true")]] {
        let output = run(&["no-runtime"], &environment);
        assert_eq!(stdout(&output), "0 spans: 0 exported\n");
    }
}

/// A caller's headers are passed on unchanged, whichever lane would record.
#[test]
fn while_nothing_is_recorded_headers_are_passed_on() {
    for lane in ["own", "sdk"] {
        let output = run(&["disabled", lane], &[]);
        assert_eq!(
            stdout(&output),
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n0 spans: 0 exported\n",
            "{lane}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn a_malformed_traceparent_is_warned_about_once_and_the_request_is_answered() {
    let mut callee = Running::start(&["callee"], &[("OTEL_TRACES_EXPORTER", "none")]);
    let url = callee.line();
    let address = url.strip_prefix("http://").expect("an address");
    for value in ["00-nonsense", "another"] {
        let mut stream = TcpStream::connect(address).expect("a connection");
        write!(
            stream,
            "GET /answer/well HTTP/1.1\r\nHost: x\r\nConnection: close\r\ntraceparent: {value}\r\n\r\n"
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.ends_with("answered"), "{answer}");
    }
    let (report, stderr) = callee.stop();
    assert_eq!(report, "8 spans: 0 exported, 8 discarded as configured\n");
    let lines: Vec<_> = stderr.lines().collect();
    let [warning] = lines.as_slice() else { panic!("{stderr}") };
    assert!(
        warning.contains("the header traceparent: \"00-nonsense\" is malformed; the request starts a new trace (see https://"),
        "{warning}"
    );
}
