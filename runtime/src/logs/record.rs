//! Records of the crate `log`.

use std::io;
use std::time::SystemTime;

use log::kv::{self, Key, Source, Value, VisitSource, VisitValue};
use log::{Log, Metadata, Record};

use super::format::Format;
use super::ids::Ids;
use super::line::Line;
use super::value::{FieldValue, LogFields};
use crate::value::text;

/// Writes a record of the crate `log` as a line, with the ids of the current span. Its key-values become fields.
///
/// For `env_logger`'s `Builder::format`:
///
/// ```
/// use spanwise::logs::{Format, write_record};
///
/// env_logger::builder().format(|to, record| write_record(Format::Json, to, record)).init();
///
/// #[spanwise::instrument]
/// fn work() {
///     log::info!(attempt = 2; "working"); // {…,"message":"working","fields":{"attempt":2},"trace_id":"4bf9…",…}
/// }
/// # work();
/// ```
///
/// # Errors
///
/// Errors of the writer.
pub fn write_record<W>(format: Format, to: &mut W, record: &Record<'_>) -> io::Result<()>
where
    W: io::Write + ?Sized,
{
    let mut fields = LogFields::default();
    // Fails only if the source of the key-values does. The key-values before that are kept.
    let _ = record.key_values().visit(&mut FieldCollector(&mut fields));
    let message = text(*record.args());
    let line = Line {
        time: Some(SystemTime::now()),
        level: record.level().as_str(),
        target: record.target(),
        message: &message,
        fields: &fields,
        spans: Vec::new(),
        is_flat: false,
        ids: Ids::current(record.target()),
    };
    let mut line = format.write(&line);
    line.push('\n');
    // In one call, so that the lines of several threads do not mix.
    to.write_all(line.as_bytes())
}

/// A logger that adds `trace_id`, `span_id` and `trace_flags` of the current span to each record, as key-values, and passes the
/// record to another logger.
///
/// It works with any logger that writes key-values. A record that has a `trace_id` already is passed on as it is.
///
/// ```
/// let inner = env_logger::builder().build();
/// log::set_max_level(inner.filter());
/// let logger = spanwise::logs::WithTraceIds::new(inner);
/// log::set_boxed_logger(Box::new(logger)).expect("the first one");
/// ```
#[derive(Clone, Debug, Default)]
pub struct WithTraceIds<L> {
    inner: L,
}

impl<L: Log> WithTraceIds<L> {
    /// Adds the ids to the records that `inner` gets.
    pub const fn new(inner: L) -> Self {
        Self { inner }
    }
}

impl<L: Log> Log for WithTraceIds<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.inner.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.inner.enabled(record.metadata()) {
            return;
        }
        let has_own = record.key_values().get(Key::from_str(super::ids::TRACE_ID)).is_some();
        match Ids::current(record.target()) {
            Some(ids) if !has_own => {
                let more = KeyValuesWithIds { before: record.key_values(), ids: ids.members() };
                self.inner.log(&record.to_builder().key_values(&more).build());
            }
            _ => self.inner.log(record),
        }
    }

    fn flush(&self) {
        self.inner.flush();
    }
}

/// Key-values, followed by the ids.
struct KeyValuesWithIds<'a> {
    before: &'a dyn Source,
    ids: [(&'static str, String); 3],
}

impl Source for KeyValuesWithIds<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), kv::Error> {
        self.before.visit(visitor)?;
        self.ids.iter().try_for_each(|(name, id)| visitor.visit_pair(Key::from_str(name), Value::from(&**id)))
    }

    fn count(&self) -> usize {
        self.before.count() + self.ids.len()
    }
}

/// Collects key-values into fields.
struct FieldCollector<'a>(&'a mut LogFields);

impl<'kvs> VisitSource<'kvs> for FieldCollector<'_> {
    fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), kv::Error> {
        let mut field = SingleValue(FieldValue::Null);
        value.visit(&mut field)?;
        self.0.set(key.as_str().to_owned(), field.0);
        Ok(())
    }
}

/// Reads one value.
struct SingleValue(FieldValue);

macro_rules! taken {
    ($($method:ident($ty:ty) => $variant:ident),* $(,)?) => {$(
        fn $method(&mut self, value: $ty) -> Result<(), kv::Error> {
            self.0 = FieldValue::$variant(value.into());
            Ok(())
        }
    )*};
}

impl<'v> VisitValue<'v> for SingleValue {
    fn visit_any(&mut self, value: Value<'_>) -> Result<(), kv::Error> {
        self.0 = FieldValue::Text(text(format_args!("{value}")));
        Ok(())
    }

    fn visit_null(&mut self) -> Result<(), kv::Error> {
        self.0 = FieldValue::Null;
        Ok(())
    }

    taken! {
        visit_bool(bool) => Bool,
        visit_i64(i64) => I64,
        visit_u64(u64) => U64,
        visit_i128(i128) => I128,
        visit_u128(u128) => U128,
        visit_f64(f64) => F64,
        visit_str(&str) => Text,
    }
}
