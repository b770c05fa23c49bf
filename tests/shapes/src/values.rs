//! The arguments of the attribute.

use std::error::Error;
use std::num::{NonZeroU32, NonZeroUsize, Wrapping};

use crate::support::*;
use crate::traced;

const LEVEL: spanwise::Level = spanwise::Level::Debug;
const NAME: &str = "named";

#[traced()] fn no_arguments() {}
#[traced("a name")] fn name_alone() {}
#[traced("a name", skip_all)] fn name_alone_and_more(x: u32) {}
#[traced(name = "a name")] fn named() {}
#[traced(name = NAME)] fn named_by_constant() {}
#[traced(name = "a name", short_name = false)] fn named_with_default() {}
#[traced(short_name = true)] fn short() {}
#[traced(name = format!("order {}", id))] fn formatted(id: u64) {}
#[traced(level = LEVEL)] fn level_by_constant() {}
#[traced(level = crate::values::LEVEL)] async fn level_by_path() {}
#[traced(level = "debug")] fn level_by_text() {}
#[traced(level = 2)] fn level_by_number() {}
#[traced(level = Level::DEBUG)] fn level_by_variant() {}
#[traced(level = tracing::Level::INFO)] fn level_of_tracing() {}
#[traced(err(level = LEVEL))] fn level_of_err() -> Outcome<u32> { Ok(1) }
#[traced(ret(level = LEVEL))] fn level_of_ret() -> u32 { 1 }
#[traced(level = "debug" skip_all)] fn no_comma(x: u32) {}
#[traced(name = "a" level = "debug" fields(a = 1) err)] fn no_commas() -> Outcome<()> { Ok(()) }
#[traced(skip(x) fields(a = 1), ret)] async fn some_commas(x: u32) -> u32 { x }
#[traced(skip_all, fields(id = display(&id), state = debug(&id)))] fn called_formats(id: u64) {}
#[traced(fields(id = tracing::field::display(&id), state = tracing::field::debug(id)))] fn called_formats_by_path(id: u64) {}
#[traced(fields(id = field::display(id)))] async fn called_formats_by_module(id: u64) {}
#[traced(fields(a = Empty, b = tracing::field::Empty, c = field::Empty))] fn empty_fields() {}
#[traced(fields(non_zero = NonZeroU32::MIN, size = NonZeroUsize::MAX, wrapped = Wrapping(1_u8)))] fn numbers() {}
#[traced(fields(a = format_args!("{}-{}", x, 1)))] fn arguments(x: u32) {}
#[traced(fields(error = error))] fn error(error: &dyn Error) {}
#[traced(fields(error = error))] fn error_that_lasts(error: &(dyn Error + 'static)) {}
#[traced(fields(error = &**error))] fn boxed_error(error: &Box<dyn Error + Send + Sync>) {}
#[traced(fields(error = error))] fn whole_boxed_error(error: Box<dyn Error + Send + Sync>) {}
#[traced(fields(error = error))] async fn boxed_error_later(error: Box<dyn Error + Send + Sync>) { tick().await }
#[traced(fields(a = 1, b = "x", c = true, d = 1.5, e = 'x', f = 1_u128, g = x.len()))] fn literals(x: &str) {}
#[traced(fields(a = x, b = %x, c = ?x))] fn formats(x: u32) {}
#[traced(fields(x, %y, ?z))] fn bare(x: u32, y: u32, z: u32) {}
#[traced(fields(a.b.c = x, type = x, r#fn = x, "quoted name" = x, { NAME } = x))]
fn keys(x: u32) {}
#[traced(fields(a = Some(x), b = None::<u32>, c = [x, x], d = &[x][..], e = vec![x]))] fn lists(x: u32) {}
#[traced(fields(a = if x > 1 { "a" } else { "b" }, b = match x { 1 => 1, _ => 2 }, c = { x + 1 }))] fn expressions(x: u32) {}
#[traced(fields(a = (|| x)(), b = x as u64, c = -(x as i64), d = !true, e = x + 1 * 2))] fn operators(x: u32) {}
#[traced(fields(a = Order::default().id, b = order.name.as_str(), c = order.tags[0].len()))] fn paths(order: &Order) {}
#[traced(fields(a = async { 1 }.await_nothing()))] fn async_block_in_fields() {}
#[traced(args)] fn all(a: u32, b: &str, c: Option<u8>, d: Vec<String>) {}
#[traced(args, skip(b))] async fn all_but_one(a: u32, b: NotDebug) {}
#[traced(args)] async fn all_later(a: u32, b: &str, c: NonZeroU32) {}
#[traced(skip(a, b))] fn skipped(a: u32, b: NotDebug) {}
#[traced(skip_all)] fn skipped_all(a: NotDebug) {}
#[traced(kind = server)] fn kind() {}
#[traced(kind = "client")] fn kind_by_text() {}
#[traced(scope = "a.scope")] fn scope() {}
#[traced(target = "a::target")] fn target() {}
#[traced(parent = None)] fn no_parent() {}
#[traced(root)] async fn root() {}
#[traced(parent = parent)] fn parent(parent: spanwise::task::CarriedContext) {}
#[traced(links = [&parent])] fn link(parent: spanwise::task::CarriedContext) {}
#[traced(follows_from = parents)] fn follows(parents: &[spanwise::task::CarriedContext]) {}
#[traced(err)] fn err_without_result() {}
#[traced(err)] fn err() -> Outcome<()> { Ok(()) }
#[traced(err(Debug))] fn err_by_debug() -> Outcome<()> { Ok(()) }
#[traced(err(Display, level = warn))] async fn err_by_display() -> Outcome<()> { Ok(()) }
#[traced(ret(Display))] fn ret_by_display() -> u32 { 1 }
#[traced(ret, err)] async fn ret_and_err() -> Outcome<NotDebug> { Err(Failure("a")) }
#[traced(properties = { "a": "b", "c": "{x}" })] fn properties(x: u32) {}
#[traced(enter_on_poll = true)] async fn each_poll() { tick().await }
#[traced(unpublished)] fn unpublished() {}
#[traced(off)] fn off() {}
#[traced(crate = spanwise)] fn path_of_the_crate() {}
#[traced(fields(otel.kind = "server", otel.name = "renamed"))] fn of_tracing_opentelemetry() {}
#[traced(fields(otel.name = %x, otel.status_code = "ERROR", otel.status_message = x))] fn computed_of_tracing_opentelemetry(x: &str) {}
#[traced(fields(otel.kind = x))] async fn computed_kind(x: &str) {}
#[traced(fields(otel.kind = ?spanwise::Level::Info))] async fn unknown_kind() {}

trait AwaitsNothing {
    fn await_nothing(self) -> u32;
}

impl<T> AwaitsNothing for T {
    fn await_nothing(self) -> u32 {
        1
    }
}
