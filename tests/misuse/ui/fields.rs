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

#[instrument(fields("quoted"))]
fn a_quoted_name_without_a_value() {}

#[instrument(fields({ NAME }))]
fn a_constant_name_without_a_value() {}

#[instrument(fields(id =))]
fn a_value_that_is_missing() {}

#[instrument(fields("" = 1))]
fn an_empty_name() {}

#[instrument(fields(usr.id))]
fn no_such_parameter(user: &User) -> u64 {
    user.id
}

#[instrument]
fn an_unknown_option(#[field(nam = "n")] n: u32) -> u32 {
    n
}

#[instrument]
fn two_forms(#[field(debug, display)] n: u32) -> u32 {
    n
}

#[instrument]
fn options_without_parentheses(#[field = "n"] n: u32) -> u32 {
    n
}

#[instrument]
fn marked_twice(#[field] #[field(debug)] n: u32) -> u32 {
    n
}

#[instrument]
fn a_secret(#[field] password: &str) -> usize {
    password.len()
}

#[instrument]
fn one_name_for_two(#[field(name = "pair")] (a, b): (u32, u32)) -> u32 {
    a + b
}

#[instrument]
fn an_empty_parameter_name(#[field(name = "")] n: u32) -> u32 {
    n
}

impl User {
    #[instrument]
    fn a_receiver(#[field] &self) -> u64 {
        self.id
    }
}

#[instrument]
fn hidden_in_a_condition(#[cfg_attr(all(), field)] n: u32) -> u32 {
    n
}

#[instrument(args)]
fn two_of_one_name(#[field(name = "b")] a: u32, b: u32) -> u32 {
    a + b
}

#[instrument(fields(n = later().await))]
async fn waits_in_a_field() {}

#[instrument(name = format!("{}", later().await))]
async fn waits_in_its_name() {}

async fn later() -> u32 {
    1
}

fn main() {}
