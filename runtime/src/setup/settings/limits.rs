//! How much of a span is recorded.

use super::reader::{Reader, is_whole_number};
use super::values::PipelineSettings;
use super::variable::{Documentation, Read, Variable};
use crate::setup::builder::Builder;

/// The general variables come first: what they set is the default of the others.
pub(super) static VARIABLES: &[&Variable] = &[
    &ATTRIBUTES,
    &VALUE_LENGTH,
    &SPAN_ATTRIBUTES,
    &SPAN_EVENTS,
    &SPAN_LINKS,
    &EVENT_ATTRIBUTES,
    &LINK_ATTRIBUTES,
    &SPAN_VALUE_LENGTH,
];

static ATTRIBUTES: Variable = Variable::new(
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    Read::Once(|reader, settings| {
        let limits = &mut settings.limits;
        limits.attributes = reader.number(0, limits.attributes);
        limits.attributes_of_event = limits.attributes;
        limits.attributes_of_link = limits.attributes;
    }),
    documentation(&[], "128; applies to spans, events and links that have no limit of their own"),
);

static VALUE_LENGTH: Variable = Variable::new(
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    Read::Once(read_length),
    documentation(&[], "none; applies if spans have no limit of their own"),
);

static SPAN_ATTRIBUTES: Variable = Variable {
    fallback: Some(&ATTRIBUTES),
    show: Some(|all| Some(all.settings.limits.attributes.to_string())),
    ..Variable::new(
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
        Read::Once(|reader, settings| {
            let limit = &mut settings.limits.attributes;
            *limit = reader.number(0, *limit);
        }),
        documentation(&["attribute_count_limit"], "128"),
    )
};

static SPAN_EVENTS: Variable = Variable {
    show: Some(|all| Some(all.settings.limits.events.to_string())),
    ..Variable::new(
        "OTEL_SPAN_EVENT_COUNT_LIMIT",
        Read::Once(|reader, settings| {
            let limit = &mut settings.limits.events;
            *limit = reader.number(0, *limit);
        }),
        documentation(&["event_count_limit"], "128"),
    )
};

static SPAN_LINKS: Variable = Variable {
    show: Some(|all| Some(all.settings.limits.links.to_string())),
    ..Variable::new(
        "OTEL_SPAN_LINK_COUNT_LIMIT",
        Read::Once(|reader, settings| {
            let limit = &mut settings.limits.links;
            *limit = reader.number(0, *limit);
        }),
        documentation(&["link_count_limit"], "128"),
    )
};

static EVENT_ATTRIBUTES: Variable = Variable {
    fallback: Some(&ATTRIBUTES),
    show: Some(|all| Some(all.settings.limits.attributes_of_event.to_string())),
    ..Variable::new(
        "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
        Read::Once(|reader, settings| {
            let limit = &mut settings.limits.attributes_of_event;
            *limit = reader.number(0, *limit);
        }),
        documentation(&["event_attribute_count_limit"], "128"),
    )
};

static LINK_ATTRIBUTES: Variable = Variable {
    fallback: Some(&ATTRIBUTES),
    show: Some(|all| Some(all.settings.limits.attributes_of_link.to_string())),
    ..Variable::new(
        "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
        Read::Once(|reader, settings| {
            let limit = &mut settings.limits.attributes_of_link;
            *limit = reader.number(0, *limit);
        }),
        documentation(&["link_attribute_count_limit"], "128"),
    )
};

static SPAN_VALUE_LENGTH: Variable = Variable {
    fallback: Some(&VALUE_LENGTH),
    show: Some(|all| {
        Some(match all.settings.limits.value_length {
            usize::MAX => "none".to_owned(),
            characters => characters.to_string(),
        })
    }),
    ..Variable::new(
        "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
        Read::Once(read_length),
        documentation(&["attribute_value_length_limit"], "none; characters of a string"),
    )
};

const fn documentation(in_code: &'static [&'static str], default: &'static str) -> Documentation {
    Documentation { in_code, default, used_by: "the recorder", tests: &["recording::limits"] }
}

fn read_length(reader: &mut Reader<'_>, settings: &mut PipelineSettings) {
    let limit = &mut settings.limits.value_length;
    match reader.text() {
        Some(value) if *limit == usize::MAX && !is_whole_number(&value) => {
            reader.warn(&value, "is not a whole number of at least 0", "no limit");
        }
        _ => *limit = reader.number(0, *limit),
    }
}

impl Builder {
    /// Sets how many attributes a span may have. Overrides `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`. The default is 128; dropped
    /// attributes are counted.
    pub fn attribute_count_limit(self, most: u32) -> Self {
        self.override_with(&SPAN_ATTRIBUTES, move |settings| settings.limits.attributes = most)
    }

    /// Sets how many characters of a string attribute are recorded. Overrides `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`. By
    /// default there is no limit; longer strings are cut off.
    pub fn attribute_value_length_limit(self, characters: usize) -> Self {
        self.override_with(&SPAN_VALUE_LENGTH, move |settings| settings.limits.value_length = characters)
    }

    /// Sets how many events a span may have. Overrides `OTEL_SPAN_EVENT_COUNT_LIMIT`. The default is 128; dropped events are
    /// counted.
    pub fn event_count_limit(self, most: u32) -> Self {
        self.override_with(&SPAN_EVENTS, move |settings| settings.limits.events = most)
    }

    /// Sets how many links a span may have. Overrides `OTEL_SPAN_LINK_COUNT_LIMIT`. The default is 128; dropped links are
    /// counted.
    pub fn link_count_limit(self, most: u32) -> Self {
        self.override_with(&SPAN_LINKS, move |settings| settings.limits.links = most)
    }

    /// Sets how many attributes an event may have. Overrides `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`. The default is 128; dropped
    /// attributes are counted.
    pub fn event_attribute_count_limit(self, most: u32) -> Self {
        self.override_with(&EVENT_ATTRIBUTES, move |settings| settings.limits.attributes_of_event = most)
    }

    /// Sets how many attributes a link may have. Overrides `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`. The default is 128; dropped
    /// attributes are counted.
    pub fn link_attribute_count_limit(self, most: u32) -> Self {
        self.override_with(&LINK_ATTRIBUTES, move |settings| settings.limits.attributes_of_link = most)
    }
}
