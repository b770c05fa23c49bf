use spanwise::instrument;

struct User {
    id: u64,
}

#[instrument(fields(user.id = user.id, user.id = 7))]
fn repeated_field(user: User) -> u64 {
    user.id
}

#[instrument(fields(1 + 1))]
fn arithmetic_without_a_name() {}

#[instrument(fields(sum(1, 2)))]
fn call_without_a_name() {}

#[instrument(fields("quoted"))]
fn quoted_name_without_a_value() {}

#[instrument(fields({ NAME }))]
fn constant_name_without_a_value() {}

#[instrument(fields(id =))]
fn missing_value() {}

#[instrument(fields("" = 1))]
fn empty_name() {}

#[instrument(fields(usr.id))]
fn unknown_parameter(user: &User) -> u64 {
    user.id
}

#[instrument(fields(user.id))]
fn name_with_a_dot(user: &User) -> u64 {
    user.id
}

#[instrument(fields(auth_token))]
fn secret(auth_token: &str) -> usize {
    auth_token.len()
}

#[instrument]
fn unknown_option(#[field(nam = "n")] n: u32) -> u32 {
    n
}

#[instrument]
fn debug_and_display(#[field(debug, display)] n: u32) -> u32 {
    n
}

#[instrument]
fn options_without_parentheses(#[field = "n"] n: u32) -> u32 {
    n
}

#[instrument]
fn repeated_field_attribute(#[field] #[field(debug)] n: u32) -> u32 {
    n
}

#[instrument]
fn parameter_named_like_a_secret(#[field] password: &str) -> usize {
    password.len()
}

#[instrument]
fn one_name_for_two_variables(#[field(name = "pair")] (a, b): (u32, u32)) -> u32 {
    a + b
}

#[instrument]
fn empty_name_of_a_parameter(#[field(name = "")] n: u32) -> u32 {
    n
}

impl User {
    #[instrument]
    fn receiver(#[field] &self) -> u64 {
        self.id
    }
}

#[instrument]
fn field_in_cfg_attr(#[cfg_attr(all(), field)] n: u32) -> u32 {
    n
}

#[instrument(args)]
fn two_parameters_with_one_name(#[field(name = "b")] a: u32, b: u32) -> u32 {
    a + b
}

#[instrument(fields(n = later().await))]
async fn await_in_a_field() {}

#[instrument(name = format!("{}", later().await))]
async fn await_in_the_name() {}

async fn later() -> u32 {
    1
}

fn main() {}
