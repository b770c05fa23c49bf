use spanwise::instrument;

struct User {
    id: u64,
}

#[instrument(fields(user))]
fn a_type_that_no_attribute_has(user: User) -> u64 {
    user.id
}

#[instrument(fields(%user))]
fn no_display(user: User) -> u64 {
    user.id
}

#[instrument(args)]
fn no_debug(user: User) -> u64 {
    user.id
}

#[instrument(fields(missing))]
fn no_such_variable() {}

struct Mute;

#[instrument(err)]
fn an_error_without_a_text() -> Result<(), Mute> {
    Err(Mute)
}

fn main() {}
