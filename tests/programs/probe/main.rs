//! A program for the process tests: sets Spanwise up as an application does, does something small, and ends in the way that
//! the arguments say. It prints its results to standard output, one a line.

mod burst;
mod engine;
#[cfg(unix)]
mod forks;
mod paced;
mod sampling;
#[cfg(target_os = "linux")]
mod signals;
mod sized;
mod tasks;

use std::error::Error;
use std::io::Write as _;

use axum::http::StatusCode;
use spanwise::instrument;

#[instrument]
fn work() {
    inner();
}

#[instrument]
fn inner() {}

#[instrument]
async fn work_async() {
    tokio::task::yield_now().await;
    inner();
}

fn runtime(threads: bool) -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = if threads {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    builder.enable_all().build()
}

fn say(line: impl std::fmt::Display) {
    println!("{line}");
    // The test may wait for the line.
    let _ = std::io::stdout().flush();
}

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: signals::Guarded = signals::Guarded;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        // A shutdown from each kind of runtime.
        ["multi-thread"] => runtime(true)?.block_on(async_life()),
        ["current-thread"] => runtime(false)?.block_on(async_life()),
        ["no-runtime", ..] => {
            let telemetry = spanwise::init()?;
            work();
            say(telemetry.shutdown_blocking()?);
            Ok(())
        }
        ["runtime-gone"] => {
            let runtime = runtime(true)?;
            let telemetry = runtime.block_on(async {
                let telemetry = spanwise::init()?;
                work_async().await;
                Ok::<_, spanwise::setup::InitError>(telemetry)
            })?;
            drop(runtime);
            work();
            say(telemetry.shutdown_blocking()?);
            Ok(())
        }
        ["foreign-executor"] => {
            // The shutdown is awaited without Tokio.
            let telemetry = spanwise::init()?;
            work();
            say(wait_for(telemetry.shutdown())?);
            Ok(())
        }
        #[cfg(target_os = "linux")]
        ["no-more-threads"] => engine::ends_without_more_threads(),
        ["exits"] => {
            let _telemetry = spanwise::builder().flush_on_exit(true).init()?;
            work();
            std::process::exit(3);
        }
        ["dropped"] => {
            let _telemetry = spanwise::init()?;
            work();
            Ok(())
        }
        ["dropped-on-current-thread"] => runtime(false)?.block_on(async {
            let _telemetry = spanwise::init()?;
            work_async().await;
            Ok(())
        }),
        ["dropped-by-panic"] => {
            let _telemetry = spanwise::init()?;
            work();
            std::panic::panic_any("on the way out");
        }
        ["flush"] => {
            let telemetry = spanwise::init()?;
            work();
            say(format_args!("{:?}", telemetry.force_flush_blocking()));
            say(telemetry.report());
            Ok(())
        }
        // Without what differs between machines.
        ["doctor"] => {
            let builder =
                spanwise::builder().detectors([spanwise::setup::Detector::Build]).max_queue_size(5_000);
            let diagnosis = builder.doctor();
            say(format_args!("{diagnosis}\nhealthy: {}", diagnosis.is_healthy()));
            Ok(())
        }
        // The headers that a peer gets while nothing is recorded.
        ["disabled", lane] => engine::disabled(*lane == "sdk"),
        // The doctor, and then the program.
        ["doctor-and-on"] => {
            let _diagnosis = spanwise::doctor();
            let telemetry = spanwise::init()?;
            work();
            say(telemetry.shutdown_blocking()?);
            Ok(())
        }
        ["to-file", path] => {
            let exporter = spanwise::setup::TracesExporter::OtlpFile(path.into());
            let telemetry = spanwise::builder().exporters([exporter]).init()?;
            work();
            // The report has the lost spans, too.
            let _ = telemetry.force_flush_blocking();
            say(telemetry.report());
            Ok(())
        }
        ["init-twice"] => {
            let _telemetry = spanwise::init()?;
            match spanwise::init() {
                Ok(_) => say("twice"),
                Err(error) => say(error),
            }
            Ok(())
        }
        // With all optional attributes of a process.
        ["described", ..] => {
            let telemetry = spanwise::builder()
                .detector(spanwise::setup::Detector::ProcessCommand)
                .build_info(spanwise::build_info!())
                .init()?;
            work();
            say(telemetry.shutdown_blocking()?);
            Ok(())
        }
        // Spans at a steady pace until standard input is closed.
        ["steady"] => {
            let telemetry = spanwise::init()?;
            say("started");
            let mut line = String::new();
            while std::io::stdin().read_line(&mut line)? > 0 {
                for _ in 0..line.trim().parse()? {
                    inner();
                }
                say(format_args!(
                    "{:?}",
                    telemetry.force_flush_blocking().map_err(|error| error.to_string())
                ));
                line.clear();
            }
            say(telemetry.shutdown_blocking()?);
            Ok(())
        }
        ["keeps-on-disk", directory] => engine::keeps_on_disk(directory),
        ["sends-what-is-on-disk", directory, least] => engine::sends_what_is_on_disk(directory, least),
        ["paced", rate, millis, path] => paced::life(rate.parse()?, millis.parse()?, path.as_ref()),
        ["sized"] => sized::life(None),
        ["sized", directory] => sized::life(Some(directory)),
        #[cfg(target_os = "linux")]
        ["interrupted"] => signals::interrupt(),
        ["burst", spans] => burst::life(spans.parse()?),
        ["sampling", what] => sampling::life(what),
        ["signal"] => engine::ends_by_signal(),
        ["own-exporter"] => engine::exports_by_an_exporter_of_its_own(),
        ["broken-exporter"] => engine::exports_by_a_broken_exporter(),
        ["span-processor"] => engine::has_a_span_processor(),
        ["undecided", lane] => engine::is_called_by_one_who_leaves_the_decision(lane),
        ["hook"] => engine::has_a_hook(),
        ["reports-lost"] => {
            let telemetry = spanwise::builder()
                .log_lost_spans(true)
                .shutdown_timeout(std::time::Duration::from_millis(300))
                .init()?;
            work();
            say(telemetry.shutdown_blocking()?);
            Ok(())
        }
        ["tasks", what] => tasks::life(what),
        ["deep"] => engine::is_nested_too_deep(),
        #[cfg(unix)]
        ["fork"] => forks::make_ids(),
        #[cfg(unix)]
        ["forks", children] => forks::are_many(children.parse()?),
        #[cfg(unix)]
        ["fork-outlives", directory] => forks::outlives_its_parent(directory),
        ["thread-local"] => thread_local(),
        ["callee"] => runtime(true)?.block_on(callee()),
        ["caller", url] => runtime(false)?.block_on(caller(url)),
        _ => Err(format!("no such probe: {arguments:?}").into()),
    }
}

async fn async_life() -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::init()?;
    work_async().await;
    telemetry.force_flush().await?;
    work();
    say(telemetry.shutdown().await?);
    Ok(())
}

fn wait_for<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);

    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}

/// Starts spans in the destructor of a thread-local variable, after OpenTelemetry's own context is gone.
fn thread_local() -> Result<(), Box<dyn Error>> {
    struct Last;

    impl Drop for Last {
        fn drop(&mut self) {
            work();
            spanwise::set_attribute("late", true);
            let _span = spanwise::span!("late");
            assert_eq!(spanwise::current_trace_id(), None);
        }
    }

    thread_local! {
        static LAST: Last = const { Last };
    }

    let telemetry = spanwise::init()?;
    std::thread::spawn(|| {
        // Initialized before OpenTelemetry's variable, so it is dropped after that.
        LAST.with(|_| ());
        work();
    })
    .join()
    .map_err(|_| "the thread panicked")?;
    say(telemetry.shutdown_blocking()?);
    Ok(())
}

async fn callee() -> Result<(), Box<dyn Error>> {
    #[instrument(err)]
    async fn answer(fails: bool) -> Result<&'static str, String> {
        work_async().await;
        if fails { Err("as asked".to_owned()) } else { Ok("answered") }
    }

    let telemetry = spanwise::init()?;
    let app = axum::Router::new()
        .route(
            "/answer/{how}",
            axum::routing::get(|axum::extract::Path(how): axum::extract::Path<String>| async move {
                answer(how == "badly").await.map_err(|error| (StatusCode::INTERNAL_SERVER_ERROR, error))
            }),
        )
        .layer(spanwise::ServerLayer::new());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    say(format_args!("http://{}", listener.local_addr()?));
    let (closed, is_closed) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = closed.send(());
    });
    let stop = async {
        let _ = is_closed.await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    say(telemetry.shutdown().await?);
    Ok(())
}

async fn caller(url: &str) -> Result<(), Box<dyn Error>> {
    use opentelemetry::baggage::BaggageExt as _;
    use opentelemetry::{Context, KeyValue};
    use spanwise::FutureExt as _;

    #[instrument]
    async fn ask(http: &spanwise::Client, url: String) -> Result<u16, reqwest::Error> {
        Ok(http.get(url).send().await?.status().as_u16())
    }

    let telemetry = spanwise::init()?;
    let http = spanwise::Client::new();
    let context = Context::new().with_baggage([KeyValue::new("tenant", "a, b=c%")]);
    for how in ["well", "badly"] {
        say(ask(&http, format!("{url}/answer/{how}")).with_context(context.clone()).await?);
    }
    telemetry.shutdown().await?;
    Ok(())
}
