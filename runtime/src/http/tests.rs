use super::*;

#[test]
fn an_unknown_method_is_no_free_label() {
    let mut attributes = Vec::new();
    let method = http::Method::from_bytes(b"BREW").expect("a token");
    Method::new(&method).record(&mut attributes);
    assert_eq!(Method::new(&method).in_name(), "HTTP");
    assert_eq!(
        attributes,
        [
            KeyValue::new("http.request.method", "_OTHER"),
            KeyValue::new("http.request.method_original", "BREW")
        ]
    );
    // Methods are case-sensitive.
    assert_eq!(Method::new(&http::Method::from_bytes(b"get").expect("a token")).in_name(), "HTTP");
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
    assert_eq!(redacted_query(""), "");
}

#[cfg(feature = "client")]
#[test]
fn credentials_never_reach_the_url() {
    let redacted = |url: &str| redacted_url(&url.parse().expect("a URL"));
    assert_eq!(redacted("https://user:pass@host/p?q=1"), "https://REDACTED:REDACTED@host/p?q=1");
    assert_eq!(redacted("https://user@host/"), "https://REDACTED:REDACTED@host/");
    assert_eq!(redacted("https://host/p?token=abc#f"), "https://host/p?token=REDACTED");
}
