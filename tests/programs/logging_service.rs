//! A program for the tests of logs: a service that logs in the given format, or a program that panics.

use std::error::Error;
use std::fmt;

use axum::extract::State;
use spanwise::instrument;
use spanwise::logs::{self, Format, TraceIds, WithTraceIds, write_record};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The crate that the service logs with.
#[derive(Clone, Copy)]
enum Facade {
    Tracing,
    Log,
}

impl Facade {
    fn info(self, text: &str) {
        match self {
            Self::Tracing => tracing::info!("{text}"),
            Self::Log => log::info!("{text}"),
        }
    }
}

/// A service, and the next one that it calls.
#[derive(Clone)]
struct Service {
    log: Facade,
    http: spanwise::Client,
    next: Option<String>,
}

async fn answer(State(service): State<Service>) -> String {
    service.log.info("asked");
    if let Some(next) = &service.next {
        pass_on(&service, next).await;
    }
    service.log.info("answered");
    spanwise::current_trace_id().unwrap_or_default()
}

#[instrument(skip_all)]
async fn pass_on(service: &Service, next: &str) {
    service.log.info("passing on");
    if let Err(error) = service.http.get(next).send().await {
        service.log.info(&error.to_string());
    }
}

fn set_up(format: &str) -> Result<Facade, Box<dyn Error>> {
    let env_logger = || {
        let mut builder = env_logger::Builder::new();
        builder.filter(None, log::LevelFilter::Warn).filter(Some("logging_service"), log::LevelFilter::Info);
        builder
    };
    match format {
        "trace_ids" => {
            let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(std::io::stderr);
            let lines = lines.map_event_format(TraceIds::new);
            tracing_subscriber::registry().with(LevelFilter::INFO).with(lines).init();
        }
        "env_logger-json" => env_logger().format(|to, record| write_record(Format::Json, to, record)).init(),
        "env_logger" => env_logger().format(|to, record| write_record(Format::Text, to, record)).init(),
        "log-kv" => {
            let inner = env_logger().build();
            log::set_max_level(inner.filter());
            log::set_boxed_logger(Box::new(WithTraceIds::new(inner)))?;
        }
        format => {
            let lines = logs::layer(format.parse()?);
            tracing_subscriber::registry().with(LevelFilter::INFO).with(lines).init();
        }
    }
    Ok(if format.contains("log-") || format.contains("env_logger") { Facade::Log } else { Facade::Tracing })
}

async fn serve(format: &str, next: Option<&str>) -> Result<(), Box<dyn Error>> {
    let log = set_up(format)?;
    let http = spanwise::Client::builder().with(|http| http.no_proxy()).build()?;
    let app = axum::Router::new()
        .route("/", axum::routing::get(answer))
        .with_state(Service { log, http, next: next.map(str::to_owned) })
        .layer(spanwise::ServerLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let (closed, is_closed) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = closed.send(());
    });
    let stop = async {
        let _ = is_closed.await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    log.info("stopped");
    Ok(())
}

#[instrument]
fn panics() {
    println!("{}", spanwise::current_trace_id().unwrap_or_default());
    panic!("it went\nwrong {}", "x".repeat(10));
}

/// Panics in its `Display`.
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text");
    }
}

#[instrument]
fn panics_while_printing() {
    let _ = std::panic::catch_unwind(|| eprintln!("{Broken}"));
}

#[instrument]
fn panics_under_lock() {
    let _lock = std::io::stderr().lock();
    let _ = std::thread::scope(|scope| {
        scope.spawn(|| std::panic::catch_unwind(panics_in_a_span)).join().map(drop)
    });
}

#[instrument]
fn panics_in_a_span() {
    panic!("elsewhere");
}

/// Panics while its thread ends, and catches the panic.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        let _ = std::panic::catch_unwind(|| panic!("the end"));
    }
}

fn panics_in_destructor() {
    thread_local! {
        static LAST: Last = const { Last };
    }
    let _ = std::thread::spawn(|| {
        // Initialized before the context, so it is dropped after it.
        LAST.with(|_| ());
        let _span = spanwise::span!("a span");
        std::mem::forget(spanwise::span!("left behind"));
    })
    .join();
}

#[instrument]
fn ours() {}

/// Spans of `tracing` at each level, while an export is under way.
async fn bridges(telemetry: spanwise::Guard) -> Result<(), Box<dyn Error>> {
    tracing_subscriber::registry().with(logs::Bridge::new().with_max_level(LevelFilter::TRACE)).init();
    for _ in 0..2 {
        tracing::trace_span!("theirs").in_scope(ours);
        telemetry.force_flush().await?;
    }
    println!("{}", telemetry.shutdown().await?);
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let telemetry = spanwise::init()?;
    match arguments.as_slice() {
        ["bridge"] => return bridges(telemetry).await,
        ["panic"] => panics(),
        ["panic-outside"] => panic!("outside of any span"),
        ["panic-while-printing"] => panics_while_printing(),
        ["panic-under-lock"] => panics_under_lock(),
        ["panic-in-destructor"] => panics_in_destructor(),
        [format] => return serve(format, None).await,
        [format, next] => return serve(format, Some(next)).await,
        _ => return Err("what is to be done?".into()),
    }
    println!("went on");
    drop(telemetry);
    Ok(())
}
