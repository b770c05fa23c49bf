//! Mistakes in the body are told as they are without the attribute.
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
fn a_wrong_question_mark() -> Result<(), String> {
    "7".parse::<u32>()?;
    Ok(())
}

#[instrument]
fn moved_twice(text: String) -> (String, String) {
    (text, text)
}

#[instrument]
fn borrowed_for_too_long<'a>() -> &'a str {
    let text = String::new();
    &text
}

fn main() {}
