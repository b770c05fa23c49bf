//! [W3C Baggage](https://www.w3.org/TR/baggage/).

use std::borrow::Cow;

use opentelemetry::baggage::{Baggage, BaggageExt as _};
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::{Context, Key, StringValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::format::{Header, PropagationFormat};
use super::header::{trimmed, warn_malformed};

const BAGGAGE: &str = "baggage";

const SPECIFICATION: &str = "https://www.w3.org/TR/baggage/";

static HEADERS: [Header; 1] = [Header::baggage(BAGGAGE)];

pub(super) static FORMAT: PropagationFormat =
    PropagationFormat { headers: &HEADERS, read_only_headers: &[], baggage_prefix: None, inject, extract };

/// The most baggage that is read and sent, in bytes.
pub(super) const MAX_BYTES: usize = 8192;
/// The most members that are sent. OpenTelemetry's `Baggage` holds as many.
const MAX_MEMBERS: usize = 64;

/// All characters that [RFC 3986](https://www.rfc-editor.org/rfc/rfc3986#section-2.3) reserves. That is more than the
/// specification asks for: some readers decode `+` as a space.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn inject(context: &Context, injector: &mut dyn Injector) {
    let mut header = String::new();
    for (key, value, properties) in in_order(context.baggage()) {
        let mut member = format!("{key}={}", percent_encoded(value));
        for property in properties.split(';').map(trimmed).filter(|property| is_property(property)) {
            member.push(';');
            member.push_str(property);
        }
        let comma = usize::from(!header.is_empty());
        if header.len() + comma + member.len() <= MAX_BYTES {
            header.extend((comma > 0).then_some(','));
            header.push_str(&member);
        }
    }
    if !header.is_empty() {
        injector.set(BAGGAGE, header);
    }
}

/// Returns keys, values and properties, sorted by key, so that each request has the same order.
pub(super) fn in_order(baggage: &Baggage) -> impl Iterator<Item = (&Key, &str, &str)> {
    let mut members: Vec<_> =
        baggage.iter().map(|(key, (value, about))| (key, value.as_str(), about.as_str())).collect();
    members.sort_unstable();
    members.into_iter().take(MAX_MEMBERS)
}

pub(super) fn percent_encoded(value: &str) -> Cow<'_, str> {
    utf8_percent_encode(value, ENCODED).into()
}

fn extract(context: &Context, extractor: &dyn Extractor) -> Option<Context> {
    let lines = extractor.get_all(BAGGAGE)?;
    let members = lines.iter().flat_map(|line| line.split(',')).map(trimmed);
    let (mut collected, mut is_malformed, mut length) = (BaggageBuilder::of(context), false, 0);
    for member in members.filter(|member| !member.is_empty()) {
        let comma = usize::from(length > 0);
        match parse(member) {
            Some((key, value, properties)) if length + comma + member.len() <= MAX_BYTES => {
                length += comma + member.len();
                collected.insert(key, value, properties);
            }
            // A member is dropped as a whole, never cut.
            Some(_) => {}
            None => is_malformed = true,
        }
    }
    if is_malformed {
        warn_malformed(BAGGAGE, extractor, "malformed members are ignored", SPECIFICATION);
    }
    collected.build(context)
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

/// Collects the baggage of a context.
pub(super) struct BaggageBuilder {
    baggage: Baggage,
    is_changed: bool,
}

impl BaggageBuilder {
    /// Starts with the baggage of `context`.
    pub(super) fn of(context: &Context) -> Self {
        let members = context
            .baggage()
            .iter()
            .map(|(key, (value, about))| (key.clone(), (value.clone(), about.clone())));
        Self { baggage: members.collect(), is_changed: false }
    }

    /// Adds a member, in place of one with the same key. A member beyond the limits is dropped.
    pub(super) fn insert(&mut self, key: &str, value: String, properties: String) {
        let _ =
            self.baggage.insert_with_metadata(Key::new(key.to_owned()), StringValue::from(value), properties);
        self.is_changed = true;
    }

    /// Returns `context` with the baggage; `None` if nothing was added.
    pub(super) fn build(self, context: &Context) -> Option<Context> {
        self.is_changed.then(|| {
            let members = self.baggage.iter().map(|(key, (value, about))| {
                opentelemetry::baggage::KeyValueMetadata::new(key.clone(), value.clone(), about.clone())
            });
            context.with_baggage(members.collect::<Vec<_>>())
        })
    }
}
