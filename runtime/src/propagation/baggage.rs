//! [W3C baggage](https://www.w3.org/TR/baggage/).

use std::borrow::Cow;

use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::{Context, Key, StringValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::header::{complain, trimmed};

const BAGGAGE: &str = "baggage";

pub(super) const HEADERS: [&str; 1] = [BAGGAGE];

/// The most that is read and sent, in bytes. OpenTelemetry's `Baggage` keeps 64 members.
const LONGEST: usize = 8192;
const MOST_MEMBERS: usize = 64;

/// All but what [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986#section-2.3) leaves alone: more than has to be, since
/// some read a `+` as a space.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn inject(context: &Context, injector: &mut dyn Injector) {
    let mut header = String::new();
    for (key, value, properties) in in_order(context.baggage()) {
        let mut member = format!("{key}={}", encoded(value));
        for property in properties.split(';').map(trimmed).filter(|property| is_property(property)) {
            member.push(';');
            member.push_str(property);
        }
        let comma = usize::from(!header.is_empty());
        if header.len() + comma + member.len() <= LONGEST {
            header.extend((comma > 0).then_some(','));
            header.push_str(&member);
        }
    }
    if !header.is_empty() {
        injector.set(BAGGAGE, header);
    }
}

/// Keys, values and properties, in the order of keys: the same in each request.
pub(super) fn in_order(baggage: &Baggage) -> impl Iterator<Item = (&Key, &str, &str)> {
    let mut members: Vec<_> =
        baggage.iter().map(|(key, (value, about))| (key, value.as_str(), about.as_str())).collect();
    members.sort_unstable();
    members.into_iter().take(MOST_MEMBERS)
}

pub(super) fn encoded(value: &str) -> Cow<'_, str> {
    utf8_percent_encode(value, ENCODED).into()
}

pub(super) fn extract(context: &Context, extractor: &dyn Extractor) -> Option<Context> {
    let lines = extractor.get_all(BAGGAGE)?;
    let members = lines.iter().flat_map(|line| line.split(',')).map(trimmed);
    let (mut collected, mut is_malformed, mut length) = (Collected::of(context), false, 0);
    for member in members.filter(|member| !member.is_empty()) {
        let comma = usize::from(length > 0);
        match parse(member) {
            Some((key, value, properties)) if length + comma + member.len() <= LONGEST => {
                length += comma + member.len();
                collected.put(key, value, properties);
            }
            // Never cut in two.
            Some(_) => {}
            None => is_malformed = true,
        }
    }
    if is_malformed {
        complain(BAGGAGE, extractor, "what breaks the format is left out", "https://www.w3.org/TR/baggage/");
    }
    collected.within(context)
}

/// `key=value;property;property=value`
fn parse(member: &str) -> Option<(&str, String, String)> {
    let mut parts = member.split(';').map(trimmed);
    let (key, value) = parts.next()?.split_once('=')?;
    let (key, value) = (trimmed(key), trimmed(value));
    if !is_token(key) || !is_octets(value) {
        return None;
    }
    let properties: Vec<&str> = parts.filter(|property| !property.is_empty()).collect();
    if !properties.iter().all(|property| is_property(property)) {
        return None;
    }
    Some((key, percent_decode_str(value).decode_utf8_lossy().into_owned(), properties.join(";")))
}

fn is_property(property: &str) -> bool {
    match property.split_once('=') {
        Some((key, value)) => is_token(trimmed(key)) && is_octets(trimmed(value)),
        None => is_token(property),
    }
}

/// A [token](https://www.rfc-editor.org/rfc/rfc9110#name-tokens).
fn is_token(text: &str) -> bool {
    let is_one = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_one)
}

fn is_octets(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte))
}

/// Baggage that is being read.
pub(super) struct Collected {
    baggage: Baggage,
    has_more: bool,
}

impl Collected {
    /// Beginning with what the context has.
    pub(super) fn of(context: &Context) -> Self {
        let there = context
            .baggage()
            .iter()
            .map(|(key, (value, about))| (key.clone(), (value.clone(), about.clone())));
        Self { baggage: there.collect(), has_more: false }
    }

    /// In place of one of the same key; what goes beyond the limits is left out.
    pub(super) fn put(&mut self, key: &str, value: String, properties: String) {
        let _ =
            self.baggage.insert_with_metadata(Key::new(key.to_owned()), StringValue::from(value), properties);
        self.has_more = true;
    }

    /// The context with it, where there is more than before.
    pub(super) fn within(self, context: &Context) -> Option<Context> {
        self.has_more.then(|| {
            let members = self.baggage.iter().map(|(key, (value, about))| {
                opentelemetry::baggage::KeyValueMetadata::new(key.clone(), value.clone(), about.clone())
            });
            context.with_baggage(members.collect::<Vec<_>>())
        })
    }
}
