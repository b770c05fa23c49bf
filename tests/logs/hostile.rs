//! An event with any contents is one line, and reads back unchanged.

use std::collections::BTreeMap;
use std::fmt;

use log::kv::Value;
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use spanwise::logs::{Format, write_record};
use spanwise::span;
use spanwise::testing::Capture;

use crate::logfmt;

fn written(format: Format, target: &str, message: &str, pairs: &[(String, String)]) -> String {
    let pairs: Vec<(&str, Value<'_>)> =
        pairs.iter().map(|(key, text)| (&**key, text.as_str().into())).collect();
    let pairs = pairs.as_slice();
    let mut line = Vec::new();
    // The record borrows its arguments, so it is written at once.
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
    assert!(!line.contains(breaks), "one line: {line:?}");
    line
}

/// The same within a span, whose ids the line has.
fn written_within(format: Format, target: &str, message: &str, pairs: &[(String, String)]) -> String {
    Capture::new().run(|| {
        let _span = span!("around");
        written(format, target, message, pairs)
    })
}

/// Strict JSON: two members of one name are an error.
#[derive(Debug, PartialEq)]
enum Strict {
    Text(String),
    Object(BTreeMap<String, Strict>),
}

impl Strict {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Object(_) => panic!("an object"),
        }
    }

    fn members(&self) -> &BTreeMap<String, Self> {
        match self {
            Self::Text(_) => panic!("a text"),
            Self::Object(members) => members,
        }
    }
}

impl<'d> Deserialize<'d> for Strict {
    fn deserialize<D: Deserializer<'d>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader)
    }
}

struct Reader;

impl<'d> Visitor<'d> for Reader {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or an object")
    }

    fn visit_str<E>(self, text: &str) -> Result<Strict, E> {
        Ok(Strict::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'d>>(self, mut from: A) -> Result<Strict, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = from.next_entry::<String, Strict>()? {
            if members.insert(name, value).is_some() {
                return Err(serde::de::Error::custom("a name is there twice"));
            }
        }
        Ok(Strict::Object(members))
    }
}

/// Texts with the special characters of each format, and any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ =\"\\\\{}\\[\\]:,\n\r\t\u{0}\u{1b}\u{7f}\u{85}\u{2028}\u{2029}\u{feff}a-c]{0,12}",
        any::<String>(),
        Just(String::new()),
        Just("trace_id".to_owned()),
        Just("span_id".to_owned()),
        Just("trace_flags".to_owned()),
        Just("fields".to_owned()),
        Just("fields.level".to_owned()),
        Just("level".to_owned()),
    ]
}

proptest! {
    #[test]
    fn in_json(target in text(), message in text(), pairs in prop::collection::vec((text(), text()), 0..5)) {
        let line = written_within(Format::Json, &target, &message, &pairs);
        let object: Strict = serde_json::from_str(&line).expect("JSON");
        let object = object.members();
        prop_assert_eq!(object["target"].text(), &*target);
        prop_assert_eq!(object["message"].text(), &*message);
        prop_assert_eq!(object["trace_id"].text().len(), 32);
        // Of several fields of one name the last one counts.
        let expected: BTreeMap<&str, &str> = pairs.iter().map(|(key, text)| (&**key, &**text)).collect();
        let fields = object.get("fields").map(Strict::members);
        let found: BTreeMap<&str, &str> =
            fields.into_iter().flatten().map(|(key, text)| (&**key, text.text())).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn in_logfmt(target in text(), message in text(), pairs in prop::collection::vec((text(), text()), 0..5)) {
        let line = written_within(Format::Logfmt, &target, &message, &pairs);
        let parsed = logfmt::parsed(&line);
        for key in parsed.iter().map(|(key, _)| key) {
            logfmt::get(&parsed, key);
        }
        prop_assert_eq!(logfmt::get(&parsed, "target"), Some(target));
        prop_assert_eq!(logfmt::get(&parsed, "message"), Some(message));
        // Keys are sanitized; values are unchanged.
        let expected: BTreeMap<&str, &str> = pairs.iter().map(|(key, text)| (&**key, &**text)).collect();
        let mut expected: Vec<&str> = expected.into_values().collect();
        let mut found: Vec<&str> = parsed[4..parsed.len() - 3].iter().map(|(_, text)| &**text).collect();
        expected.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn in_text(target in text(), message in text(), pairs in prop::collection::vec((text(), text()), 0..5)) {
        written_within(Format::Text, &target, &message, &pairs);
    }
}
