//! Errors in a body are reported at the body, as without the attribute.

use spanwise::instrument;

#[instrument]
fn wrong_type() -> u32 {
    "text"
}

#[instrument]
async fn wrong_type_async() -> u32 {
    "text"
}

#[instrument]
fn wrong_error(text: &str) -> Result<u32, std::fmt::Error> {
    let n: u32 = text.parse()?;
    Ok(n)
}

#[instrument]
fn borrow(mut values: Vec<u32>) -> u32 {
    let first = &values[0];
    values.clear();
    *first
}

#[instrument]
async fn borrow_async(mut values: Vec<u32>) -> u32 {
    let first = &values[0];
    values.clear();
    *first
}

#[instrument]
fn reference_to_a_local() -> &'static str {
    let text = String::new();
    &text
}

#[instrument]
fn missing_name() -> u32 {
    nowhere
}

fn main() {
    wrong_type(1);
}
