//! Errors about the type of a recorded value are reported at the value, with what to write instead.

use spanwise::instrument;

struct Mute;

#[instrument(args)]
fn argument_without_debug(mute: Mute) {
    let _ = mute;
}

#[instrument(fields(mute = mute))]
fn field_of_an_unsupported_type(mute: &Mute) {
    let _ = mute;
}

#[instrument(fields(mute))]
fn short_field_of_an_unsupported_type(mute: &Mute) {
    let _ = mute;
}

#[instrument(fields(mute = %mute))]
fn field_without_display(mute: &Mute) {
    let _ = mute;
}

#[instrument]
fn parameter_without_debug(#[field(debug)] mute: &Mute) {
    let _ = mute;
}

#[instrument(err(Debug))]
fn error_without_debug() -> Result<(), Mute> {
    Err(Mute)
}

#[instrument(err(Display))]
fn error_without_display() -> Result<(), Mute> {
    Err(Mute)
}

#[instrument(ret(Debug))]
fn value_without_debug() -> Mute {
    Mute
}

#[instrument(err(if = |error| error.code == 7))]
fn condition_on_a_missing_field() -> Result<(), Mute> {
    Err(Mute)
}

#[instrument(parent = 7)]
fn parent_of_an_unsupported_type() {}

#[instrument(links = "text")]
fn links_of_an_unsupported_type() {}

#[instrument(name = NUMBER)]
fn name_is_a_number() {}

const NUMBER: u32 = 7;

fn main() {}
