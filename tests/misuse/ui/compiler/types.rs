//! What is wrong with the type of something recorded is told on it, with what to do.

use spanwise::instrument;

struct Mute;

#[instrument(args)]
fn an_argument_that_cannot_be_shown(mute: Mute) {
    let _ = mute;
}

#[instrument(fields(mute = mute))]
fn a_field_of_no_attribute_s_type(mute: &Mute) {
    let _ = mute;
}

#[instrument(fields(mute))]
fn a_short_field_of_no_attribute_s_type(mute: &Mute) {
    let _ = mute;
}

#[instrument(fields(mute = %mute))]
fn a_field_without_display(mute: &Mute) {
    let _ = mute;
}

#[instrument]
fn a_parameter_without_debug(#[field(debug)] mute: &Mute) {
    let _ = mute;
}

#[instrument(err(Debug))]
fn an_error_without_debug() -> Result<(), Mute> {
    Err(Mute)
}

#[instrument(err(Display))]
fn an_error_without_display() -> Result<(), Mute> {
    Err(Mute)
}

#[instrument(ret(Debug))]
fn a_value_without_debug() -> Mute {
    Mute
}

#[instrument(err(if = |error| error.code == 7))]
fn a_condition_on_what_the_error_has_not() -> Result<(), Mute> {
    Err(Mute)
}

#[instrument(parent = 7)]
fn a_parent_that_is_none() {}

#[instrument(links = "text")]
fn links_to_nothing() {}

#[instrument(name = NUMBER)]
fn a_name_that_is_a_number() {}

const NUMBER: u32 = 7;

fn main() {}
