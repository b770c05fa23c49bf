//! What is wrong with a body is told on the body, as without the attribute.

use spanwise::instrument;

#[instrument]
fn a_wrong_type() -> u32 {
    "text"
}

#[instrument]
async fn a_wrong_type_async() -> u32 {
    "text"
}

#[instrument]
fn the_wrong_error(text: &str) -> Result<u32, std::fmt::Error> {
    let n: u32 = text.parse()?;
    Ok(n)
}

#[instrument]
fn a_borrow(mut values: Vec<u32>) -> u32 {
    let first = &values[0];
    values.clear();
    *first
}

#[instrument]
async fn a_borrow_async(mut values: Vec<u32>) -> u32 {
    let first = &values[0];
    values.clear();
    *first
}

#[instrument]
fn a_reference_to_what_is_gone() -> &'static str {
    let text = String::new();
    &text
}

#[instrument]
fn a_missing_name() -> u32 {
    nowhere
}

fn main() {
    a_wrong_type(1);
}
