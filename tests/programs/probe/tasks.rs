//! Tasks that lose their context, and tasks that only look as if they did.

use std::error::Error;

use spanwise::task::CarriedContext;
use spanwise::{FutureExt as _, instrument};

use super::{runtime, say};

#[instrument]
async fn lost() -> Option<String> {
    tokio::task::yield_now().await;
    spanwise::current_trace_id()
}

#[instrument]
fn lost_in_a_thread() {}

async fn print_trace(trace: Option<String>) {
    let is_the_same = trace == spanwise::current_trace_id();
    say(if is_the_same { "the request's trace" } else { "a trace of its own" });
}

#[instrument]
async fn request() -> Result<(), tokio::task::JoinError> {
    print_trace(tokio::spawn(lost()).await?).await;
    print_trace(tokio::spawn(lost()).await?).await;
    tokio::task::spawn_blocking(lost_in_a_thread).await?;
    tokio::spawn(async { drop(spanwise::span!("by hand", n = 1)) }).await?;
    print_trace(spanwise::spawn(lost()).await?).await;
    Ok(())
}

#[instrument]
async fn worker() {}

#[instrument(root)]
async fn meant() {}

#[instrument(kind = consumer)]
async fn consumer() {}

#[instrument(parent = None)]
async fn under_nothing() {}

#[instrument(parent = carried)]
async fn under_a_carried_context(carried: CarriedContext) {}

#[instrument(links = carried)]
async fn linked(carried: CarriedContext) {}

#[instrument]
async fn carried() {}

async fn without_loss() -> Result<(), tokio::task::JoinError> {
    // Alone in the process.
    tokio::spawn(worker()).await?;
    // Carried from where there is no span that could be lost.
    let started = spanwise::spawn(async {
        tokio::task::yield_now().await;
        carried().await;
    });
    request_of_others(started).await
}

#[instrument]
async fn request_of_others(started: tokio::task::JoinHandle<()>) -> Result<(), tokio::task::JoinError> {
    started.await?;
    let here = CarriedContext::current();
    tokio::spawn(meant()).await?;
    tokio::spawn(consumer()).await?;
    tokio::spawn(under_nothing()).await?;
    tokio::spawn(under_a_carried_context(here.clone())).await?;
    tokio::spawn(linked(here.clone())).await?;
    tokio::spawn(carried().with_carried_context(here.linked())).await?;
    spanwise::spawn(carried()).await?;
    spanwise::spawn_linked(carried()).await?;
    spanwise::spawn_blocking(|| drop(spanwise::span!("by hand"))).await?;
    Ok(())
}

macro_rules! places {
    (@one $places:ident $ten:tt $one:tt) => {
        drop(spanwise::span!(concat!($ten, $one)));
        $places += 1;
    };
    ($($ten:tt)*) => {{
        let mut places = 0;
        $(
            places!(@one places $ten 0); places!(@one places $ten 1); places!(@one places $ten 2); places!(@one places $ten 3);
            places!(@one places $ten 4); places!(@one places $ten 5); places!(@one places $ten 6); places!(@one places $ten 7);
            places!(@one places $ten 8); places!(@one places $ten 9);
        )*
        places
    }};
}

#[instrument]
async fn in_many_places() -> Result<u32, tokio::task::JoinError> {
    tokio::spawn(async { places!(0 1 2 3 4 5 6 7 8 9) }).await
}

pub(crate) fn life(what: &str) -> Result<(), Box<dyn Error>> {
    let telemetry = spanwise::builder().warn_lost_context(what != "no-warnings").init()?;
    let runtime = runtime(what != "naive-on-one-thread")?;
    match what {
        "meant" => {
            runtime.block_on(without_loss())?;
            say("done");
        }
        "many" => say(format_args!("{} places", runtime.block_on(in_many_places())?)),
        _ => runtime.block_on(request())?,
    }
    telemetry.shutdown_blocking()?;
    Ok(())
}
