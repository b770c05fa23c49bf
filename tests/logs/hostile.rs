//! Whatever is in an event, it is one line, and reads back as it was.

use std::collections::BTreeMap;

use log::kv::Value;
use proptest::prelude::*;
use spanwise::logs::{Format, write_record};

use crate::logfmt;

fn written(format: Format, target: &str, message: &str, pairs: &[(String, String)]) -> String {
    let pairs: Vec<(&str, Value<'_>)> =
        pairs.iter().map(|(key, text)| (&**key, text.as_str().into())).collect();
    let pairs = pairs.as_slice();
    let mut line = Vec::new();
    // The record borrows its arguments, so it is written where it is made.
    write_record(
        format,
        &mut line,
        &log::Record::builder()
            .target(target)
            .level(log::Level::Warn)
            .args(format_args!("{message}"))
            .key_values(&pairs)
            .build(),
    )
    .expect("memory");
    let line = String::from_utf8(line).expect("text");
    let line = line.strip_suffix('\n').expect("a line that ends").to_owned();
    let breaks = |one: char| one.is_control() || matches!(one, '\u{2028}' | '\u{2029}');
    assert!(format == Format::Json || !line.contains(breaks), "one line: {line:?}");
    assert!(!line.contains(['\n', '\r']), "one line: {line:?}");
    line
}

/// Texts of the characters that mean something to some format, and of any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ =\"\\\\{}\\[\\]:,\n\r\t\u{0}\u{1b}\u{7f}\u{85}\u{2028}\u{2029}\u{feff}a-c]{0,12}",
        any::<String>(),
        Just(String::new()),
        Just("trace_id".to_owned()),
        Just("fields.level".to_owned()),
        Just("level".to_owned()),
    ]
}

proptest! {
    #[test]
    fn in_json(target in text(), message in text(), pairs in prop::collection::vec((text(), text()), 0..5)) {
        let line = written(Format::Json, &target, &message, &pairs);
        let object: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        prop_assert_eq!(object["target"].as_str(), Some(&*target));
        prop_assert_eq!(object["message"].as_str(), Some(&*message));
        // The last of several of a name.
        let expected: BTreeMap<&str, &str> = pairs.iter().map(|(key, text)| (&**key, &**text)).collect();
        let fields = object["fields"].as_object();
        let found: BTreeMap<&str, &str> =
            fields.into_iter().flatten().map(|(key, text)| (&**key, text.as_str().expect("text"))).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn in_logfmt(target in text(), message in text(), pairs in prop::collection::vec((text(), text()), 0..5)) {
        let line = written(Format::Logfmt, &target, &message, &pairs);
        let parsed = logfmt::parsed(&line);
        for key in parsed.iter().map(|(key, _)| key) {
            logfmt::get(&parsed, key);
        }
        prop_assert_eq!(logfmt::get(&parsed, "target"), Some(target));
        prop_assert_eq!(logfmt::get(&parsed, "message"), Some(message));
        // Keys are made fit; values are as they were.
        let expected: BTreeMap<&str, &str> = pairs.iter().map(|(key, text)| (&**key, &**text)).collect();
        let mut expected: Vec<&str> = expected.into_values().collect();
        let mut found: Vec<&str> = parsed[4..].iter().map(|(_, text)| &**text).collect();
        expected.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn in_text(target in text(), message in text(), pairs in prop::collection::vec((text(), text()), 0..5)) {
        written(Format::Text, &target, &message, &pairs);
    }
}
