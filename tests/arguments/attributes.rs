//! Which arguments of a function are recorded, and how.

use opentelemetry::{Array, Value};
use spanwise::testing::SpanRecord;
use spanwise::{Redacted, instrument};

use crate::{User, attribute, has, pair, row, spans_of};

#[test]
fn fields() {
    const NAME: &str = "from.a.constant";
    // The caller passes the parameters' names, because those of a macro have their own hygiene.
    macro_rules! field {
        ($user:ident $n:ident: $($field:tt)*) => {
            pair!(
                #[instrument(fields($($field)*))]
                #[instrument]
                fn ($user: &User, $n: u8) {} (&User { id: 7 }, 5)
            )
        };
    }
    let (with, without) = field!(user n: user.id = user.id);
    row(has("user.id", 7), with, without);
    let (with, without) = field!(user n: order.user.id = user.id + 1);
    row(has("order.user.id", 8), with, without);
    let (with, without) = field!(user n: "quoted name" = n);
    row(has("quoted name", 5), with, without);
    let (with, without) = field!(user n: { NAME } = n);
    row(has(NAME, 5), with, without);
    let (with, without) = field!(user n: type = "keyword");
    row(has("type", "keyword"), with, without);
    let (with, without) = field!(user n: %user);
    row(has("user", "user 7"), with, without);
    let (with, without) = field!(user n: ?user);
    row(has("user", "User { id: 7 }"), with, without);
    let (with, without) = field!(user n: who = %user);
    row(has("who", "user 7"), with, without);
    let (with, without) = field!(user n: length = user.to_string().len());
    row(has("length", 6), with, without);
    let (with, without) = field!(user n: some = Some(1.5), none = None::<u8>);
    row(|span| has("some", 1.5)(span) && attribute(span, "none").is_none(), with, without);
    let (with, without) = field!(user n: list = [n, 6]);
    row(has("list", Value::Array(Array::I64(vec![5, 6]))), with, without);
}

#[test]
fn fields_empty() {
    let fills = |span: &SpanRecord| attribute(span, "found") == Some(&Value::from(3));
    let (with, without) = pair!(#[instrument(fields(found = Empty, tracing = tracing::field::Empty))] #[instrument] fn (fill: bool) {
        if fill { spanwise::set_attribute("found", 3); }
    } (true));
    let spans = spans_of(with);
    assert!(fills(&spans[0]) && attribute(&spans[0], "tracing").is_none());
    // An empty field changes nothing on the span: all that can be seen is that it compiles.
    without();
}

#[test]
fn properties() {
    let (with, without) = pair!(
        #[instrument(properties = { "who": "user {id}", "what": "a user", "braces": "{{}}" })]
        #[instrument]
        fn (id: u8) {} (1)
    );
    row(
        |span| has("who", "user 1")(span) && has("what", "a user")(span) && has("braces", "{}")(span),
        with,
        without,
    );
}

#[test]
fn args() {
    let (with, without) =
        pair!(#[instrument(args)] #[instrument] fn (n: u8, user: &User) {} (5, &User { id: 7 }));
    row(|span| has("n", 5)(span) && has("user", "User { id: 7 }")(span), with, without);
}

#[test]
fn args_leaves_secrets_out() {
    let (with, without) = pair!(#[instrument(args)] #[instrument(fields(password = password))] fn (password: &str, pin: Redacted<u16>) {} ("x", Redacted(1234)));
    row(|span| attribute(span, "password").is_none(), with, without);
    assert!(spans_of(with)[0].attribute("pin").is_none());
}

#[test]
fn skip() {
    let (with, without) = pair!(#[instrument(args, skip(n))] #[instrument(args)] fn (n: u8, m: u8) {} (5, 6));
    row(|span| attribute(span, "n").is_none() && has("m", 6)(span), with, without);
}

#[test]
fn field() {
    #[instrument]
    fn recorded(#[field] n: u8) {
        let _ = n;
    }

    #[instrument]
    fn unrecorded(n: u8) {
        let _ = n;
    }

    row(has("n", 5), || recorded(5), || unrecorded(5));
    #[instrument]
    fn named(#[field(name = "user.id", debug)] user: &str, #[field(display)] shown: &User, other: u8) {
        let _ = (user, shown, other);
    }
    let spans = spans_of(|| named("ada", &User { id: 8 }, 9));
    assert!(has("user.id", "\"ada\"")(&spans[0]));
    assert!(has("shown", "user 8")(&spans[0]));
    assert!(attribute(&spans[0], "other").is_none());
}
