//! A wrong value never stops the application; it is told once, with what is used instead.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::probe::{Running, complaints, run, said};

#[test]
fn wrong_values_are_told_and_the_application_runs() {
    for (name, value, told) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "using http://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:hunter2@", "using http://localhost:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "smoke-signals", "using grpc"),
        ("OTEL_TRACES_EXPORTER", "carrier-pigeon", "using the rest of the list"),
        ("OTEL_TRACES_SAMPLER", "sometimes", "using parentbased_always_on"),
    ] {
        // Without a collector: a shutdown would wait for one that may be at the default port.
        let output = run(
            &["init-twice"],
            &[
                (name, value),
                ("OTEL_TRACES_EXPORTER", if name == "OTEL_TRACES_EXPORTER" { value } else { "none" }),
            ],
        );
        assert!(output.status.success(), "{name}: {}", complaints(&output));
        let warnings = complaints(&output);
        let warnings: Vec<_> =
            warnings.lines().filter(|line| line.starts_with("spanwise: warning: ")).collect();
        let [warning] = warnings.as_slice() else { panic!("{name}: {warnings:?}") };
        assert!(warning.contains(name) && warning.contains(told), "{warning}");
        assert!(!warning.contains("hunter2"), "{warning}");
    }
}

#[test]
fn a_sampler_s_argument_that_is_no_number_is_told() {
    let output =
        run(&["no-runtime"], &[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "half")]);
    assert_eq!(said(&output), "2 spans: 2 exported\n");
    let warning =
        "spanwise: warning: OTEL_TRACES_SAMPLER_ARG=\"half\" is not a number from 0 to 1; using 1.0";
    assert!(complaints(&output).contains(warning), "{}", complaints(&output));
}

#[test]
fn a_second_init_is_an_error_that_says_so() {
    let output = run(&["init-twice"], &[]);
    assert!(output.status.success());
    assert!(said(&output).contains("already initialized in this process"), "{}", said(&output));
}

#[test]
fn samplers_and_the_switch_for_everything_are_obeyed() {
    for environment in [[("OTEL_TRACES_SAMPLER", "always_off")], [("OTEL_SDK_DISABLED", "true")]] {
        let output = run(&["no-runtime"], &environment);
        assert_eq!(said(&output), "0 spans: 0 exported\n");
    }
}

/// What comes from a caller goes on as it came, whoever would have recorded.
#[test]
fn while_nothing_is_recorded_headers_are_passed_on() {
    for lane in ["own", "sdk"] {
        let output = run(&["disabled", lane], &[]);
        assert_eq!(
            said(&output),
            "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n0 spans: 0 exported\n",
            "{lane}: {}",
            complaints(&output)
        );
    }
}

#[test]
fn a_malformed_traceparent_is_told_once_and_the_request_is_answered() {
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
    let (report, complaints) = callee.stop();
    assert_eq!(report, "8 spans: 0 exported, 8 discarded as configured\n");
    let told: Vec<_> = complaints.lines().collect();
    let [told] = told.as_slice() else { panic!("{complaints}") };
    assert!(
        told.contains("the header traceparent: \"00-nonsense\" is malformed; the request starts a new trace (see https://"),
        "{told}"
    );
}
