use http::{HeaderMap, header};

use super::attributes::MAX_TEXT_BYTES;
use super::grpc;
use super::grpc::GrpcStatus;
use super::headers::{MessageKind, RecordedHeaders};
use super::method::RequestMethod;
use super::redact::Redaction;

fn redacted_query(query: &str) -> String {
    Redaction::default().query(query).into_owned()
}

#[test]
fn an_unknown_method_is_neither_a_name_nor_an_attribute() {
    let named = |method: &str| {
        let method = http::Method::from_bytes(method.as_bytes()).expect("a token");
        let method = RequestMethod::new(&method);
        (method.in_name(), method.as_attribute())
    };
    assert_eq!(named("BREW"), ("HTTP", "_OTHER"));
    // Methods are case-sensitive.
    assert_eq!(named("get"), ("HTTP", "_OTHER"));
    for known in ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "QUERY", "CONNECT", "TRACE"] {
        assert_eq!(named(known), (known, known));
    }
}

#[test]
fn names_of_the_application_are_redacted_too() {
    let mut redaction = Redaction::default();
    redaction.add(["Email"]);
    redaction.add(["phone"]);
    assert_eq!(
        redaction.query("EMAIL=a&phone=b&sig=c&d=e"),
        "EMAIL=REDACTED&phone=REDACTED&sig=REDACTED&d=e"
    );
    assert_eq!(redacted_query("email=a"), "email=a");
}

#[test]
fn headers_are_recorded_as_lists_and_credentials_are_not() {
    let mut chosen = RecordedHeaders::default();
    chosen.add(
        MessageKind::Request,
        ["X-Request-Id", "authorization", "not a header", "absent", "x-request-id"],
    );
    let mut headers = HeaderMap::new();
    headers.append("x-request-id", http::HeaderValue::from_static("1"));
    headers.append("x-request-id", http::HeaderValue::from_bytes(b"\xff").expect("a value"));
    headers.append("authorization", http::HeaderValue::from_static("Bearer s3cret"));
    headers.append("cookie", http::HeaderValue::from_static("s3cret"));
    let mut seen = Vec::new();
    chosen.record(&headers, &Redaction::default(), false, |key, value| seen.push(format!("{key}={value}")));
    assert_eq!(
        seen,
        [
            "http.request.header.x-request-id=[\"1\",\"\u{fffd}\"]",
            "http.request.header.authorization=[\"REDACTED\"]"
        ]
    );
}

/// Of a header that was asked for.
#[test]
fn urls_in_headers_have_no_secrets() {
    let mut redaction = Redaction::default();
    redaction.add(["email"]);
    for (name, value, shown) in [
        (
            "location",
            "https://user:pw@x/cb?code=abc&page=2#token",
            "https://REDACTED:REDACTED@x/cb?code=REDACTED&page=2",
        ),
        ("location", "/login?next=%2Fa%3Ftoken%3Dabc", "/login?next=REDACTED"),
        ("referer", "https://x/?email=a@b;sid=1", "https://x/?email=REDACTED;sid=REDACTED"),
        ("referer", "https://x/?page=2#part", "https://x/?page=2#part"),
        ("forwarded", "for=192.0.2.1;proto=https", "for=192.0.2.1;proto=https"),
        ("forwarded", "for=192.0.2.1;token=abc", "REDACTED"),
        ("refresh", "5; url=https://x/?access_token=abc", "5; url=https://x/?access_token=REDACTED"),
        ("x-csrf-token", "abc", "REDACTED"),
        ("x-amz-security-token", "abc", "REDACTED"),
        ("access-control-allow-credentials", "true", "true"),
        ("etag", "\"33a64df5\"", "\"33a64df5\""),
        ("date", "Tue, 15 Nov 1994 08:12:31 GMT", "Tue, 15 Nov 1994 08:12:31 GMT"),
    ] {
        let mut chosen = RecordedHeaders::default();
        chosen.add(MessageKind::Response, [name]);
        let name = http::HeaderName::try_from(name).expect("a name");
        let headers = HeaderMap::from_iter([(name.clone(), http::HeaderValue::from_static(value))]);
        let mut seen = String::new();
        chosen.record(&headers, &redaction, false, |_, value| seen = value.to_string());
        assert_eq!(seen, format!("[\"{shown}\"]"), "{name}: {value}");
    }
}

#[test]
fn recorded_headers_are_bounded() {
    let mut chosen = RecordedHeaders::default();
    chosen.add(MessageKind::Response, ["x"]);
    let mut headers = HeaderMap::new();
    for _ in 0..100 {
        headers.append("x", http::HeaderValue::from_str(&"\u{e4}".repeat(2000)).expect("a value"));
    }
    chosen.record(&headers, &Redaction::default(), false, |_, value| {
        let crate::api::Value::Array(crate::api::Array::String(values)) = value else { panic!() };
        assert_eq!(values.len(), 16);
        assert!(values.iter().all(|value| value.as_str().len() == MAX_TEXT_BYTES));
    });
}

#[test]
fn grpc_is_recognized_by_its_content_type_and_a_method_by_its_path() {
    let is_grpc = |content_type: &'static str| {
        let value = http::HeaderValue::from_static(content_type);
        grpc::is_grpc(&HeaderMap::from_iter([(header::CONTENT_TYPE, value)]))
    };
    assert!(
        is_grpc("application/grpc") && is_grpc("application/grpc+proto") && is_grpc("application/grpc;x")
    );
    assert!(
        !is_grpc("application/grpc-web") && !is_grpc("application/json") && !is_grpc("application/grpcx")
    );
    assert_eq!(grpc::method("/shop.Orders/Place"), Some("shop.Orders/Place"));
    let long = format!("/{}/m", "s".repeat(300));
    for none in ["", "/", "/a", "/a/", "//b", "/a/b/c", "a/b", long.as_str()] {
        assert_eq!(grpc::method(none), None, "{none}");
    }
}

#[test]
fn a_status_of_grpc_has_one_of_seventeen_names() {
    let status = |code: &'static str| {
        let value = http::HeaderValue::from_static(code);
        GrpcStatus::of(&HeaderMap::from_iter([(http::HeaderName::from_static("grpc-status"), value)]))
            .map(GrpcStatus::name)
    };
    assert_eq!(status("0"), Some("OK"));
    assert_eq!(status("16"), Some("UNAUTHENTICATED"));
    for nonsense in ["17", "-1", "", "OK", "99999999999999999999"] {
        assert_eq!(status(nonsense), Some("UNKNOWN"), "{nonsense}");
    }
    assert_eq!(GrpcStatus::of(&HeaderMap::new()), None);
}

#[test]
fn secret_parameters_lose_their_values_and_others_keep_theirs() {
    assert_eq!(redacted_query("a=1&sig=abc&b=2"), "a=1&sig=REDACTED&b=2");
    assert_eq!(redacted_query("X-AMZ-SIGNATURE=abc&flag"), "X-AMZ-SIGNATURE=REDACTED&flag");
    assert_eq!(redacted_query("new_password=x&Auth-Token=y"), "new_password=REDACTED&Auth-Token=REDACTED");
    assert_eq!(
        redacted_query("key=x&%74oken=y&access%5Fkey=z"),
        "key=REDACTED&%74oken=REDACTED&access%5Fkey=REDACTED"
    );
    assert_eq!(redacted_query("signal=1&x=%20&keyboard=1&%zz=%"), "signal=1&x=%20&keyboard=1&%zz=%");
    for name in [
        "AWSAccessKeyId",
        "Signature",
        "sig",
        "X-Goog-Signature",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
    ] {
        assert_eq!(redacted_query(&format!("{name}=1")), format!("{name}=REDACTED"));
    }
    for (query, shown) in [
        ("", ""),
        ("a=1;sid=2;b=3&otp=4", "a=1;sid=REDACTED;b=3&otp=REDACTED"),
        ("%2574oken=x&a=1", "%2574oken=REDACTED&a=1"),
        ("url=https%3A%2F%2Fu%3Ap%40x%2F&a=1", "url=REDACTED&a=1"),
        ("next=https://x/?hmac=1&a=1", "next=REDACTED&a=1"),
        ("country_code=CH&pinned=1&author=a", "country_code=CH&pinned=1&author=a"),
        ("code=x&private_key_pem=y&passcode=z", "code=REDACTED&private_key_pem=REDACTED&passcode=REDACTED"),
        ("token=&a=1", "token=&a=1"),
    ] {
        assert_eq!(redacted_query(query), shown, "{query}");
    }
}

#[cfg(feature = "client")]
#[test]
fn credentials_never_reach_the_url() {
    let redacted = |url: &str| Redaction::default().url(&url.parse().expect("a URL")).into_owned();
    assert_eq!(redacted("https://user:pass@host/p?q=1"), "https://REDACTED:REDACTED@host/p?q=1");
    assert_eq!(redacted("https://user@host/"), "https://REDACTED:REDACTED@host/");
    assert_eq!(redacted("https://host/p?token=abc#f"), "https://host/p?token=REDACTED");
}
