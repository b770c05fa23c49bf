//! A function's arguments: they are recorded only where the attribute asks for them.

use spanwise::instrument;
use spanwise_tests::block_on;

use crate::lane::tree;

#[derive(Debug)]
struct User {
    id: u64,
    name: String,
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

fn user() -> User {
    User { id: 7, name: "ada".to_owned() }
}

#[instrument]
fn unasked(password: &str, user: &User) {
    let _ = (password, user);
}

#[test]
fn arguments_are_not_recorded_by_default() {
    assert_eq!(tree(|| unasked("hunter2", &user())), "test\n  unasked\n");
}

#[instrument(fields(
    user.id = user.id,
    user.name = user.name,
    display = %user,
    debug = ?user.id,
    sum = a + b,
    "quoted-name" = true,
    type = "keyword",
    ratio = 0.5,
    absent = None::<u32>,
    list = [1, 2],
    a,
    %b,
))]
fn fields(user: User, a: i32, b: i32) -> User {
    let _ = (a, b);
    user
}

#[test]
fn fields_are_typed_displayed_or_debugged() {
    let text = tree(|| {
        fields(user(), 1, 2);
    });
    assert_eq!(
        text,
        "test\n  fields user.id=7 user.name=\"ada\" display=\"ada\" debug=\"7\" sum=3 quoted-name=true \
         type=\"keyword\" ratio=0.5 list=[1,2] a=1 b=\"2\"\n"
    );
}

#[instrument(args, skip(skipped))]
fn args(n: u32, text: String, maybe: Option<bool>, user: &User, skipped: &User, api_token: &str) -> usize {
    let _ = (n, maybe, user, skipped, api_token);
    text.len()
}

#[test]
fn args_records_all_but_skipped_arguments_and_secrets() {
    let text = tree(|| {
        args(1, "two".to_owned(), Some(true), &user(), &user(), "s3cret");
    });
    assert_eq!(text, "test\n  args n=1 text=\"two\" maybe=true user=\"User { id: 7, name: \\\"ada\\\" }\"\n");
}

#[instrument(args)]
async fn args_async((a, mut b): (u32, u32), User { id, .. }: User) -> u32 {
    b += a;
    tokio::task::yield_now().await;
    b + u32::try_from(id).unwrap_or_default()
}

#[test]
fn args_looks_into_patterns() {
    let text = tree(|| assert_eq!(block_on(args_async((1, 2), user())), 10));
    assert_eq!(text, "test\n  args_async a=1 b=2 id=7\n");
}

#[instrument(fields(order.id = id, next = *id + 1, first = list[0], both = %format!("{a}{b}"), head = %name[..2]))]
async fn fields_of_patterns(
    User { id, .. }: User,
    &(ref a, b): &(u8, u8),
    ref list: Vec<u8>,
    name: &str,
) -> u64 {
    let _ = (name, list);
    id + u64::from(*a + b)
}

#[instrument(args)]
fn args_of_patterns(&(ref a, b): &(u8, u8), ref c: u8, (Ok(d) | Err(d)): Result<u8, u8>) -> u8 {
    a + b + c + d
}

#[test]
fn bindings_of_patterns_can_be_recorded() {
    let text = tree(|| {
        assert_eq!(block_on(fields_of_patterns(user(), &(1, 2), vec![9], "name")), 10);
        assert_eq!(args_of_patterns(&(1, 2), 3, Err(4)), 10);
    });
    assert_eq!(
        text,
        "test\n  fields_of_patterns order.id=7 next=8 first=9 both=\"12\" head=\"na\"\n  args_of_patterns a=1 b=2 \
         c=3 d=4\n"
    );
}

#[instrument(args, fields(n = %n))]
fn a_field_comes_before_an_argument_of_its_name(n: u32) {
    let _ = n;
}

#[instrument(skip(n))]
fn skip_alone_records_nothing(n: u32, m: u32) {
    let _ = (n, m);
}

#[instrument(skip_all, fields(m))]
fn skip_all_leaves_fields(n: u32, m: u32) {
    let _ = (n, m);
}

#[test]
fn fields_args_and_skips_together() {
    let text = tree(|| {
        a_field_comes_before_an_argument_of_its_name(1);
        skip_alone_records_nothing(1, 2);
        skip_all_leaves_fields(1, 2);
    });
    assert_eq!(
        text,
        "test\n  a_field_comes_before_an_argument_of_its_name n=\"1\"\n  skip_alone_records_nothing\n  \
         skip_all_leaves_fields m=2\n"
    );
}

struct Counter {
    at: u32,
}

impl Counter {
    #[instrument(fields(counter.at = self.at, counter.next = self.next()))]
    fn add(&mut self, by: u32) -> u32 {
        self.at += by;
        self.at
    }

    fn next(&self) -> u32 {
        self.at + 1
    }

    #[instrument(args)]
    async fn reset(self, to: u32) -> Self {
        let mut this = self;
        this.at = to;
        this
    }
}

#[test]
fn fields_of_self_can_be_recorded_and_args_leaves_self_out() {
    let text = tree(|| {
        let mut counter = Counter { at: 1 };
        counter.add(2);
        block_on(counter.reset(9));
    });
    assert_eq!(text, "test\n  add counter.at=1 counter.next=2\n  reset to=9\n");
}

#[instrument(args)]
fn generic<T: std::fmt::Debug>(value: T, list: &[String]) {
    let _ = (value, list);
}

#[test]
fn a_generic_argument_is_recorded_by_debug() {
    let text = tree(|| generic(Some(1), &["a".to_owned()]));
    assert_eq!(text, "test\n  generic value=\"Some(1)\" list=[\"a\"]\n");
}

struct Login {
    name: String,
    password: String,
}

struct Authorization(String);

#[instrument(args)]
fn secrets_by_another_name(
    Login { name, password: p }: Login,
    Authorization(value): Authorization,
    (a, b): (u8, u8),
) -> usize {
    name.len() + p.len() + value.len() + usize::from(a + b)
}

#[instrument(args, skip(password, a), fields(shown = ?p))]
fn skips_what_a_field_is_called(Login { name, password: p }: &Login, (a, b): (u8, u8)) -> usize {
    name.len() + p.len() + usize::from(a + b)
}

#[async_trait::async_trait]
trait LogsIn {
    async fn log_in(&self, login: Login, at: u8) -> usize;
}

#[instrument(args)]
#[async_trait::async_trait]
impl LogsIn for u8 {
    async fn log_in(&self, Login { name, password }: Login, at: u8) -> usize {
        name.len() + password.len() + usize::from(at)
    }
}

/// The names along the path to the value count, not the name that it is bound to.
#[test]
fn a_secret_in_a_pattern_is_left_out() {
    let login = || Login { name: "ada".to_owned(), password: "x".to_owned() };
    let text = tree(|| {
        secrets_by_another_name(login(), Authorization("Bearer x".to_owned()), (1, 2));
        skips_what_a_field_is_called(&login(), (1, 2));
        block_on(7_u8.log_in(login(), 1));
    });
    assert_eq!(
        text,
        "test\n  secrets_by_another_name name=\"ada\" a=1 b=2\n  skips_what_a_field_is_called name=\"ada\" b=2 \
         shown=\"\\\"x\\\"\"\n  u8::log_in at=1\n"
    );
}

/// The names of `tracing-opentelemetry` for what is about the span itself.
#[test]
fn fields_named_otel_describe_the_span() {
    #[instrument(fields(otel.kind = "server", otel.name = "GET /orders"))]
    fn constant() {}

    #[instrument(fields(otel.kind = kind, otel.name = %name, otel.status_code = "error", otel.status_message = text, n = 1))]
    fn computed(kind: &str, name: &str, text: &str) {}

    #[instrument(fields(otel.kind = ?std::net::Shutdown::Read, otel.status_code = ok))]
    async fn partly(ok: &str) {}

    #[instrument(enter_on_poll = true, fields(otel.kind = kind, otel.status_code = "error"))]
    async fn polled(kind: &str) {
        tokio::task::yield_now().await;
    }

    let text = tree(|| {
        block_on(polled("producer"));
        constant();
        computed("Client", "GET /", "broken");
        block_on(partly("OK"));
    });
    assert_eq!(
        text,
        "test\n  polled [producer] ✗\n  polled [producer] ✗\n  GET /orders [server]\n  GET / [client] n=1 ✗ \"broken\"\n  partly ✓\n"
    );
}

#[test]
fn values_of_more_types_are_typed() {
    use std::num::{NonZeroU16, Wrapping};
    #[instrument(fields(a = NonZeroU16::MAX, b = Wrapping(7_u8), c = format_args!("{text}!"), d = error, e = display(&text), f = debug(text)))]
    fn values(text: &str, error: &(dyn std::error::Error + 'static)) {}
    let error = "x".parse::<u8>().expect_err("no number");
    assert_eq!(
        tree(|| values("hi", &error)),
        "test\n  values a=65535 b=7 c=\"hi!\" d=\"invalid digit found in string\" e=\"hi\" f=\"\\\"hi\\\"\"\n"
    );
}
