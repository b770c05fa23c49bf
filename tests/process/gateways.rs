//! Three real collectors with the files of `examples/collector`: two gateways, and one before them that balances. They are restarted and
//! killed under load, and refuse what is too large.
//!
//! Needs Go, and the modules of `tests/programs/collector`, which are built once. Without them the tests print why they are
//! skipped; with `SPANWISE_GO=required` they fail.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::paced::Paced;
use crate::refused_batches::Sized;
use crate::required::or_skip;
use crate::scripted::Scripted;

/// The collector's program, which is built if needed. Without Go the test prints why it is skipped, or fails if Go is required.
fn program() -> Option<&'static Path> {
    static PROGRAM: LazyLock<Result<PathBuf, String>> = LazyLock::new(build);
    or_skip(&PROGRAM, "collector", "SPANWISE_GO").map(PathBuf::as_path)
}

/// Go builds only what has changed.
fn build() -> Result<PathBuf, String> {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("collector");
    let mut go = Command::new("go");
    go.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/collector"));
    go.args(["build", "-buildvcs=false", "-o"]).arg(&program).arg(".");
    let output = go.output().map_err(|why| format!("{go:?}: {why}"))?;
    match output.status.success() {
        true => Ok(program),
        false => Err(format!("{go:?}: {}", String::from_utf8_lossy(&output.stderr).trim())),
    }
}

/// How a collector ends.
#[derive(Clone, Copy)]
enum End {
    /// By SIGTERM: it finishes what it has.
    Stopped,
    /// By SIGKILL.
    Killed,
}

/// A collector that listens on a Unix socket, whose path nobody else takes while it is away. Killed when dropped.
struct Collector {
    process: Child,
}

impl Collector {
    fn start(program: &Path, file: &str, settings: &[String], environment: &[(&str, &str)]) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/collector").join(file);
        let mut command = Command::new(program);
        command
            .arg("--config")
            .arg(file)
            .arg("--config=yaml:receivers::otlp::protocols::grpc::transport: unix");
        command.args(settings.iter().map(|setting| format!("--config=yaml:{setting}")));
        let process =
            command.envs(environment.iter().copied()).stderr(Stdio::null()).spawn().expect("a collector");
        Self { process }
    }

    fn end(mut self, how: End) {
        let signal = match how {
            End::Stopped => "-TERM",
            End::Killed => "-KILL",
        };
        let kill = Command::new("kill").args([signal, &self.process.id().to_string()]).status();
        assert!(kill.expect("kill runs").success());
        self.process.wait().expect("an end");
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The three, and a backend that takes everything.
struct Gateways {
    program: &'static Path,
    directory: TempDir,
    backend: Scripted,
    backend_address: String,
    /// Where services send to.
    endpoint: String,
    balancer_settings: Vec<String>,
    gateway_settings: Vec<String>,
    balancer: Option<Collector>,
    gateways: [Option<Collector>; 2],
}

impl Gateways {
    fn start(program: &'static Path, balancer_settings: &[&str], gateway_settings: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let backend = Scripted::start();
        let owned = |settings: &[&str]| settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut all = Self {
            program,
            backend_address: backend.endpoint().trim_start_matches("http://").to_owned(),
            backend,
            endpoint: format!("http://{}", door(directory.path().join("balancer"))),
            directory,
            balancer_settings: owned(balancer_settings),
            gateway_settings: owned(gateway_settings),
            balancer: None,
            gateways: [None, None],
        };
        all.start_gateway(0);
        all.start_gateway(1);
        all.start_balancer();
        all
    }

    fn socket(&self, name: &str) -> String {
        self.directory.path().join(name).to_str().expect("text").to_owned()
    }

    fn start_gateway(&mut self, number: usize) {
        let socket = self.socket(&format!("gateway{number}"));
        // One that was killed leaves it behind.
        let _ = std::fs::remove_file(&socket);
        let environment = [("GATEWAY", &*socket), ("BACKEND", &*self.backend_address)];
        let gateway = Collector::start(self.program, "gateway.yaml", &self.gateway_settings, &environment);
        self.gateways[number] = Some(gateway);
    }

    fn start_balancer(&mut self) {
        let socket = self.socket("balancer");
        let _ = std::fs::remove_file(&socket);
        let gateways = [0, 1].map(|number| format!("unix:{}", self.socket(&format!("gateway{number}"))));
        let environment =
            [("BALANCER", &*socket), ("GATEWAY_1", &*gateways[0]), ("GATEWAY_2", &*gateways[1])];
        let balancer = Collector::start(self.program, "balancer.yaml", &self.balancer_settings, &environment);
        self.balancer = Some(balancer);
    }
}

/// A TCP address that leads to a Unix socket, if anybody listens there. It stays the same while the listener is away.
fn door(socket: PathBuf) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for outside in listener.incoming().filter_map(Result::ok) {
            if let Ok(inside) = UnixStream::connect(&socket) {
                join(outside, inside);
            }
        }
    });
    address
}

/// Passes on what comes from either side, until one of them ends.
fn join(outside: TcpStream, inside: UnixStream) {
    let (mut from_outside, mut to_outside) = (outside.try_clone().expect("a copy"), outside);
    let (mut from_inside, mut to_inside) = (inside.try_clone().expect("a copy"), inside);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_outside, &mut to_inside);
        let _ = to_inside.shutdown(Shutdown::Both);
    });
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_inside, &mut to_outside);
        let _ = to_outside.shutdown(Shutdown::Both);
    });
}

/// All traces are taken, and soon.
const TAKE_ALL: [&str; 2] = [
    "processors::tail_sampling::policies: [{name: all, type: always_sample}]",
    "processors::tail_sampling::decision_wait: 1s",
];
/// What a gateway has acknowledged, the backend has: a gateway that samples and is killed loses what it has not decided yet.
const KEEP_NOTHING: [&str; 3] = [
    "service::pipelines::traces::processors: []",
    "exporters::otlp::sending_queue::enabled: false",
    "exporters::otlp::retry_on_failure::enabled: false",
];

/// Ends a gateway and later the balancer under load, and starts them again. Each span arrives.
fn nothing_is_lost(per_second: u32, how: End, gateway_settings: &[&str]) {
    let Some(program) = program() else { return };
    let mut all = Gateways::start(program, &[], gateway_settings);
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*all.endpoint)];
    let mut probe = Paced::start_at(per_second, &all.backend, 5_000, &environment);
    assert_eq!(all.backend.ask("await count 1"), "ok");
    probe.reaches(4);
    all.gateways[0].take().expect("it runs").end(how);
    probe.reaches(6);
    all.start_gateway(0);
    probe.reaches(7);
    all.balancer.take().expect("it runs").end(how);
    probe.reaches(9);
    all.start_balancer();
    let spans = probe.is_done();
    // The pauses of all three add up.
    let has_come = (0..4).any(|_| all.backend.ask(&format!("await count {spans}")) == "ok");
    let outcome = probe.ends();
    assert!(has_come, "{:?}; {}", all.backend.taken(), outcome.stderr);
    outcome.is_all_with(&mut all.backend);
}

#[test]
fn a_gateway_and_the_balancer_are_restarted_under_load() {
    nothing_is_lost(1_000, End::Stopped, &TAKE_ALL);
}

#[test]
fn a_gateway_and_the_balancer_are_killed_under_load() {
    nothing_is_lost(1_000, End::Killed, &KEEP_NOTHING);
}

/// So few that each batch has a trace or two, and many are for the gateway that is there.
#[test]
fn a_gateway_and_the_balancer_are_killed_when_there_is_little_to_do() {
    nothing_is_lost(40, End::Killed, &KEEP_NOTHING);
}

#[test]
fn a_span_that_is_too_large_for_a_collector_is_dropped_alone() {
    let Some(program) = program() else { return };
    let limit = "receivers::otlp::protocols::grpc::max_recv_msg_size_mib: 1";
    let mut all = Gateways::start(program, &[limit], &TAKE_ALL);
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*all.endpoint)];
    let mut probe = Sized::start(&all.backend, None, &environment);
    probe.record("small", 10, 4);
    probe.record("huge", 2 << 20, 1);
    probe.record("medium", 300_000, 7);
    assert_eq!(all.backend.ask("await count 11"), "ok");
    // It may be dropped before the flush or by it.
    probe.ask("flush");
    let stderr =
        probe.ends_with("12 spans: 11 exported, 1 dropped because each was larger than a request may be");
    assert_eq!(stderr.matches("a span \"huge\" is too large").count(), 1, "{stderr}");
}
