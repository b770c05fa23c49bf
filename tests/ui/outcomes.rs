use spanwise::instrument;

#[instrument(err)]
#[track_caller]
fn a_result_that_cannot_be_seen() -> Result<(), String> {
    Ok(())
}

#[instrument(err)]
fn never() -> ! {
    loop {}
}

#[instrument(err)]
fn more_than_a_future() -> impl Future<Output = Result<(), String>> + Clone {
    std::future::ready(Ok(()))
}

fn main() {}
