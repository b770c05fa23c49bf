use spanwise::instrument;

#[instrument(err)]
#[track_caller]
fn a_result_that_cannot_be_seen() -> Result<(), String> {
    Ok(())
}

#[instrument(ret)]
#[track_caller]
fn a_value_that_cannot_be_seen() -> u32 {
    1
}

#[instrument(err)]
fn never() -> ! {
    loop {}
}

#[instrument(ret)]
async fn never_async() -> ! {
    loop {}
}

#[instrument(err)]
fn more_than_a_future() -> impl Future<Output = Result<(), String>> + Clone {
    std::future::ready(Ok(()))
}

#[instrument(err(Dbg))]
fn no_such_option() -> Result<(), String> {
    Ok(())
}

#[instrument(err(Debug, Display))]
fn two_forms() -> Result<(), String> {
    Ok(())
}

#[instrument(err(Debug, Debug))]
fn one_form_twice() -> Result<(), String> {
    Ok(())
}

#[instrument(err(off, Debug))]
fn off_and_more() -> Result<(), String> {
    Ok(())
}

#[instrument(err(level))]
fn a_level_without_a_value() -> Result<(), String> {
    Ok(())
}

#[instrument(err(level = loud))]
fn no_such_level() -> Result<(), String> {
    Ok(())
}

#[instrument(err(if = true))]
fn a_condition_that_asks_nothing() -> Result<(), String> {
    Ok(())
}

#[instrument(err(if = |error, more| true))]
fn a_condition_that_asks_for_more() -> Result<(), String> {
    Ok(())
}

#[instrument(ret(off))]
fn no_such_option_of_ret() -> u32 {
    1
}

fn main() {}
