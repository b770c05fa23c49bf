use spanwise::instrument;

struct User {
    id: u64,
}

#[instrument(fields(user.id = user.id, user.id = 7))]
fn twice(user: User) -> u64 {
    user.id
}

#[instrument(fields(1 + 1))]
fn no_name() {}

#[instrument(fields(sum(1, 2)))]
fn an_expression_without_a_name() {}

fn main() {}
