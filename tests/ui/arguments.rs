use spanwise::instrument;

#[instrument(nmae = "typo")]
fn unknown_argument() {}

#[instrument(name = "one", name = "two")]
fn given_twice() {}

#[instrument("bare")]
fn a_bare_name() {}

#[instrument(name = 7)]
fn a_name_that_is_no_text() {}

#[instrument(name = "")]
fn an_empty_name() {}

#[instrument(kind = sever)]
fn no_such_kind() {}

#[instrument(args, skip_all)]
fn contradiction(_n: u32) {}

#[instrument(args, skip(m))]
fn skips_what_is_not_there(_n: u32) {}

#[instrument(err = true)]
fn more_than_is_taken() {}

// Both are told, and so is the call below checked as if all were well.
#[instrument(colour = "red", shape = "round")]
fn several_at_once() {}

fn main() {
    several_at_once();
}
