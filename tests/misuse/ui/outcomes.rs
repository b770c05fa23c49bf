use spanwise::instrument;

#[instrument(err)]
#[track_caller]
fn err_and_track_caller() -> Result<(), String> {
    Ok(())
}

#[instrument(ret)]
#[track_caller]
fn ret_and_track_caller() -> u32 {
    1
}

#[instrument(err)]
fn err_of_a_function_that_never_returns() -> ! {
    loop {}
}

#[instrument(ret)]
async fn ret_of_an_async_function_that_never_returns() -> ! {
    loop {}
}

#[instrument(err)]
fn future_with_another_trait() -> impl Future<Output = Result<(), String>> + Clone {
    std::future::ready(Ok(()))
}

#[instrument(err(Dbg))]
fn unknown_option() -> Result<(), String> {
    Ok(())
}

#[instrument(err(Debug, Display))]
fn debug_and_display() -> Result<(), String> {
    Ok(())
}

#[instrument(err(Debug, Debug))]
fn repeated_option() -> Result<(), String> {
    Ok(())
}

#[instrument(err(off, Debug))]
fn off_with_another_option() -> Result<(), String> {
    Ok(())
}

#[instrument(err(level))]
fn level_without_a_value() -> Result<(), String> {
    Ok(())
}

#[instrument(err(level = loud))]
fn unknown_level() -> Result<(), String> {
    Ok(())
}

#[instrument(err(if = true))]
fn condition_is_not_a_function() -> Result<(), String> {
    Ok(())
}

#[instrument(err(if = |error, more| true))]
fn condition_with_two_parameters() -> Result<(), String> {
    Ok(())
}

#[instrument(ret(off))]
fn unknown_option_of_ret() -> u32 {
    1
}

fn main() {}
