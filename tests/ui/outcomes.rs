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

fn main() {}
