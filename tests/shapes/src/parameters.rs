//! Parameters of every type, and lifetimes without names.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use crate::support::*;
use crate::traced;

#[traced] fn iterator_of_references(x: impl Iterator<Item = u32>) -> u32 { x.sum() }
#[traced] async fn iterator_of_references_later(x: impl Iterator<Item = &str>) -> usize { x.count() }
#[traced] async fn iterator_of_mutable_references(x: impl Iterator<Item = &mut u32>) { for n in x { *n += 1 } }
#[traced] async fn iterator_of_pairs(x: impl IntoIterator<Item = (&str, &str)>) -> usize { x.into_iter().count() }
#[traced] async fn into_event(x: impl Into<Event<'_>>) -> usize { x.into().0.len() }
#[traced] async fn display_for_a_while(x: impl Display + '_) -> String { x.to_string() }
#[traced] async fn reference_to_impl(x: &impl Into<Event<'static>>) {}
#[traced] async fn reference_to_impl_with_lifetime(x: &impl AsRef<Cow<'_, str>>) -> usize { x.as_ref().len() }
#[traced] async fn nested_impl(x: impl Iterator<Item = impl AsRef<str>>) -> usize { x.count() }
#[traced] async fn impl_of_slices(x: impl AsRef<[&str]>) -> usize { x.as_ref().len() }
#[traced] async fn impl_fn(x: impl Fn(&str) -> usize) -> usize { x("a") }
#[traced] async fn impl_fn_of_references(x: impl for<'a> Fn(&'a str) -> &'a str) -> usize { x("a").len() }
#[traced] async fn impl_fn_once(x: impl FnOnce() -> u32 + Send) -> u32 { x() }
#[traced] async fn impl_future(x: impl Future<Output = u32>) -> u32 { x.await }
#[traced] async fn impl_future_of_reference(x: impl Future<Output = &u32>) -> u32 { *x.await }
#[traced] async fn two_impls(x: impl Iterator<Item = &u8>, y: impl Into<Event<'_>>) -> usize { x.count() + y.into().0.len() }
#[traced] async fn impl_and_reference(x: impl Iterator<Item = &str>, y: &str) -> usize { x.count() + y.len() }
#[traced(err)] async fn impl_with_err(x: impl Iterator<Item = &str>) -> Outcome<usize> { Ok(x.count()) }
#[traced(ret)] async fn impl_with_ret(x: impl Iterator<Item = &str>) -> usize { x.count() }
#[traced] async fn impl_that_loops(x: impl Iterator<Item = &str>) { loop { tick().await } }
#[traced] async fn dyn_iterator(x: &mut dyn Iterator<Item = &str>) -> usize { x.count() }
#[traced] async fn boxed_iterator(x: Box<dyn Iterator<Item = &str> + '_>) -> usize { x.count() }
#[traced] async fn elided_path(x: Event<'_>) -> usize { x.0.len() }
#[traced] async fn elided_cow(x: Cow<'_, str>) -> usize { x.len() }
#[traced] async fn elided_return(x: &str) -> &str { x }
#[traced] async fn elided_return_path(x: &str) -> Event<'_> { Event(x) }
#[traced] async fn two_references<'a>(x: &'a str, y: &str) -> &'a str { x }
#[traced] async fn two_lifetimes<'a, 'b: 'a>(x: &'a str, y: &'b str) -> &'a str { y }
#[traced] async fn static_reference(x: &'static str) -> &'static str { x }
#[traced] async fn raw_pointer(x: usize) -> *const u8 { x as *const u8 }
#[traced] async fn function_pointer(x: fn(&str) -> &str) -> usize { x("a").len() }
#[traced] async fn array_of_references(x: [&str; 2]) -> usize { x.len() }
#[traced] async fn slice_of_references(x: &[&str]) -> usize { x.len() }
#[traced] async fn tuple_of_references(x: (&str, &mut u32)) -> usize { *x.1 += 1; x.0.len() }
#[traced] async fn map_of_references(x: HashMap<&str, &str>) -> usize { x.len() }
#[traced] async fn option_of_reference(x: Option<&Order>) -> u64 { x.map_or(0, |o| o.id) }
#[traced] async fn option_of_mutable_reference(x: Option<&mut Order>) { if let Some(o) = x { o.id += 1 } }
#[traced] async fn mutable(mut x: String) -> String { x.push('a'); x }
#[traced] async fn mutable_reference(x: &mut String) { x.push('a') }
#[traced] async fn mutable_and_rebound(mut x: u32) -> u32 { x += 1; let x = x + 1; x }
#[traced] async fn shadows_itself(x: u32) -> u32 { let x = x + 1; x }
#[traced] async fn unused(_x: u32, _: u32) {}
#[traced] async fn unused_named(_x: WithDrop) { tick().await }
#[traced] async fn raw_name(r#type: u32) -> u32 { r#type }
#[traced] async fn keyword_like(async_: u32, r#await: u32) -> u32 { async_ + r#await }
#[traced] async fn named_result(result: u32, __result: u32, __start: u32) -> u32 { result + __result + __start }
#[traced] async fn named_entered(__entered: u32, __later: u32) -> u32 { __entered + __later }
#[traced] async fn named_like_the_function(named_like_the_function: u32) -> u32 { named_like_the_function }
#[traced] async fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8, i: u8, j: u8) -> u8 { a + b + c + d + e + f + g + h + i + j }
#[traced] async fn not_debug(x: NotDebug) -> NotDebug { x }
#[traced] async fn not_send(x: Rc<u32>) -> u32 { tick().await; *x }
#[traced] async fn shared_order(x: Arc<Order>) -> u64 { tick().await; x.id }
#[traced] async fn trait_object(x: &dyn Debug) -> String { format!("{:?}", x) }
#[traced] async fn trait_object_that_lasts(x: &(dyn Debug + Send + Sync)) -> String { tick().await; format!("{:?}", x) }
#[traced] async fn boxed_trait_object(x: Box<dyn Debug + Send>) -> String { tick().await; format!("{:?}", x) }
#[traced] async fn trailing_comma(x: u32) -> u32 { x }
#[traced] fn iterator_of_numbers(x: impl Iterator<Item = u32> + Clone) -> u32 { x.clone().sum() }
#[traced] fn mutable_closure(mut x: impl FnMut() -> u32) -> u32 { x() + x() }
#[traced] fn reference_to_dyn_fn(x: &dyn Fn(&str) -> usize) -> usize { x("a") }
#[traced] fn mutable_dyn_fn(x: &mut dyn FnMut(u32)) { x(1) }
#[traced] fn boxed_fn_once(x: Box<dyn FnOnce(u32) -> u32>) -> u32 { x(1) }
#[traced] fn elided_sync(x: &str) -> &str { x }
#[traced] fn elided_event(x: &str) -> Event<'_> { Event(x) }
#[traced] fn mutable_result(x: &mut Vec<u32>) -> &mut u32 { &mut x[0] }
#[traced] fn reborrows(x: &mut Vec<u32>) -> Option<&mut u32> { let y = &mut *x; y.first_mut() }
#[traced] fn drops_in_order(_a: WithDrop, b: WithDrop) -> usize { b.0.len() }
#[traced] fn raw_name_sync(r#fn: u32) -> u32 { r#fn }
#[traced] fn attribute_on_parameter(#[allow(unused)] x: u32, #[cfg(not(any()))] y: u32, #[cfg(any())] z: u32) -> u32 { y }
#[traced] fn attribute_by_condition(#[cfg_attr(all(), allow(unused))] x: u32) {}
#[traced] async fn attribute_on_parameter_later(#[allow(unused)] x: u32, #[cfg(not(any()))] y: u32, #[cfg(any())] z: u32) -> u32 { y }
#[traced] unsafe fn unsafe_function(x: *const u32) -> u32 { unsafe { *x } }
#[traced] async unsafe fn unsafe_function_later(x: u32) -> u32 { x }
#[traced] extern "C" fn c_function(x: u32) -> u32 { x }
#[traced] pub(crate) async fn visible(x: u32) -> u32 { x }
#[traced] pub(in crate::parameters) fn visible_there(x: u32) -> u32 { x }
#[traced] #[inline] fn inlined(x: u32) -> u32 { x }
#[traced] #[inline(always)] async fn inlined_later(x: u32) -> u32 { x }
#[traced] #[cold] #[must_use] fn cold(x: u32) -> u32 { x }
#[traced] #[must_use = "it counts"] async fn must_use_later(x: u32) -> u32 { x }
#[traced] #[deprecated] fn deprecated(x: u32) -> u32 { x }
#[traced]
#[doc = "a function"]
/** that is documented */
fn documented(x: u32) -> u32 {
    x
}
#[traced] #[track_caller] fn tracks(x: u32) -> u32 { x }
#[allow(unused)] #[traced] #[allow(clippy::all)] fn between(x: u32) -> u32 { x }
#[cfg_attr(all(), traced)] fn by_condition(x: u32) -> u32 { x }
#[traced] fn inner_attribute(x: u32) -> u32 { #![allow(unused)] x }
#[traced] async fn inner_attribute_later(x: u32) -> u32 { #![allow(unused)] x }
