//! Functions that return every type.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{Debug, Display};

use crate::support::*;
use crate::traced;

#[traced] fn unit() {}
#[traced] fn explicit_unit() -> () {}
#[traced] fn number_now() -> u32 { 1 }
#[traced] fn text() -> &'static str { "a" }
#[traced] fn owned() -> String { "a".into() }
#[traced] fn cow(x: &str) -> Cow<'_, str> { x.into() }
#[traced] fn tuple() -> (u8, String) { (1, "a".into()) }
#[traced] fn array() -> [u8; 3] { [1, 2, 3] }
#[traced] fn slice(x: &[u8]) -> &[u8] { &x[..0] }
#[traced] fn pointer(x: &u8) -> *const u8 { x }
#[traced] fn function() -> fn(u8) -> u8 { |x| x }
#[traced] fn option() -> Option<u8> { None }
#[traced] fn option_with_question_mark(x: Option<u8>) -> Option<u8> { Some(x? + 1) }
#[traced] fn result() -> Result<u8, Failure> { Err(Failure("a")) }
#[traced] fn result_with_question_mark() -> Result<u8, Box<dyn Error>> { fallible()?; "1".parse::<u8>().map_err(Into::into) }
#[traced] fn result_of_text() -> Result<u8, String> { Err("a")? }
#[traced] fn result_of_str() -> Result<u8, &'static str> { Err("a") }
#[traced] fn result_of_unit() -> Result<u8, ()> { Err(()) }
#[traced] fn result_of_thread_safe() -> Result<(), Box<dyn Error + Send + Sync>> { Err("a".into()) }
#[traced] fn result_of_not_debug() -> Result<NotDebug, NotDebug> { Err(NotDebug) }
#[traced] fn result_of_never() -> Result<std::convert::Infallible, Failure> { Err(Failure("a")) }
#[traced] fn aliased() -> Outcome<u8> { Ok(1) }
#[traced] fn io() -> std::io::Result<()> { Ok(()) }
#[traced] fn formatted() -> std::fmt::Result { Ok(()) }
#[traced] fn nested() -> Result<Option<u8>, Failure> { Ok(None) }
#[traced] fn result_in_option() -> Option<Result<u8, Failure>> { None }
#[traced] fn boxed() -> Box<dyn Debug> { Box::new(1) }
#[traced] fn boxed_error() -> Box<dyn Error> { "a".into() }
#[traced] fn boxed_closure() -> Box<dyn Fn(u8) -> u8> { Box::new(|x| x) }
#[traced] fn boxed_closure_with_lifetime<'a>(x: &'a u8) -> Box<dyn Fn() -> u8 + 'a> { Box::new(move || *x) }
#[traced] fn boxed_iterator<'a>(x: &'a [u8]) -> Box<dyn Iterator<Item = &'a u8> + 'a> { Box::new(x.iter()) }
#[traced] fn opaque() -> impl Debug { 1 }
#[traced] fn opaque_iterator(x: Vec<u8>) -> impl Iterator<Item = u8> { x.into_iter() }
#[traced] fn opaque_iterator_of_references(x: &[u8]) -> impl Iterator<Item = &u8> + '_ { x.iter() }
#[traced] fn opaque_double_ended(x: &[u8]) -> impl DoubleEndedIterator<Item = &u8> + ExactSizeIterator + '_ { x.iter() }
#[traced] fn opaque_closure() -> impl Fn(u8) -> u8 { |x| x + 1 }
#[traced] fn opaque_closure_of_references() -> impl Fn(&str) -> &str { |x| x }
#[traced] fn opaque_closure_once(x: String) -> impl FnOnce() -> String { move || x }
#[traced] fn opaque_closure_with_lifetime<'a>(x: &'a str) -> impl Fn() -> &'a str + 'a { move || x }
#[traced] fn opaque_display(x: &str) -> impl Display + '_ { x.to_uppercase() }
#[traced] fn opaque_in_tuple() -> (impl Debug, u8) { (1, 2) }
#[traced] fn opaque_in_option() -> Option<impl Debug> { Some(1) }
#[traced] fn opaque_in_result() -> Result<impl Debug, Failure> { Ok(1) }
#[traced] fn opaque_in_box() -> Box<impl Debug> { Box::new(1) }
#[traced] fn opaque_captures<'a, T>(x: &'a T) -> impl Sized + use<'a, T> { x }
#[traced] fn opaque_sum(x: u32) -> impl std::ops::Add<u32, Output = u32> { x }
#[traced] fn opaque_index(x: Vec<u8>) -> impl std::ops::Index<usize, Output = u8> { x }
#[traced] fn opaque_nested() -> impl Iterator<Item = impl Debug> { vec![1, 2].into_iter() }
#[traced] fn parenthesized() -> (u8) { 1 }
#[traced] fn dyn_reference(x: &u8) -> &dyn Debug { x }
#[traced] fn dyn_reference_with_markers(x: &u8) -> &(dyn Debug + Send + Sync) { x }
#[traced] fn associated() -> <Vec<u8> as IntoIterator>::Item { 1 }
#[traced] fn qualified() -> std::vec::IntoIter<u8> { vec![1].into_iter() }
#[traced] fn coerces(x: &Vec<u8>) -> &[u8] { x }
#[traced] fn coerces_box() -> Box<[u8]> { vec![1].into_boxed_slice() }
#[traced] fn coerces_to_dyn() -> std::sync::Arc<dyn Debug + Send + Sync> { std::sync::Arc::new(1) }
#[traced] fn coerces_pointer(x: &mut u8) -> *mut u8 { x }
#[traced] fn coerces_function() -> fn(&str) -> usize { str::len }
#[traced] fn infers_collection() -> Vec<u8> { (0..3).collect() }
#[traced] fn infers_parse() -> Result<u8, std::num::ParseIntError> { "1".parse() }
#[traced] fn infers_into() -> String { 'a'.into() }
#[traced] fn infers_default() -> Order { Default::default() }
#[traced] fn early(x: u8) -> u8 { if x > 1 { return 1; } x }
#[traced] fn early_result(x: u8) -> Outcome<u8> { if x > 1 { return Err(Failure("a")); } Ok(x) }
#[traced] fn let_else(x: Option<u8>) -> u8 { let Some(x) = x else { return 0 }; x }

#[traced] async fn explicit_unit_later() -> () {}
#[traced] async fn text_later() -> &'static str { "a" }
#[traced] async fn cow_later(x: &str) -> Cow<'_, str> { x.into() }
#[traced] async fn tuple_later() -> (u8, String) { (1, "a".into()) }
#[traced] async fn function_later() -> fn(u8) -> u8 { |x| x }
#[traced] async fn option_later(x: Option<u8>) -> Option<u8> { Some(x? + 1) }
#[traced] async fn result_later() -> Result<u8, Box<dyn Error>> { fallible_later().await?; "1".parse::<u8>().map_err(Into::into) }
#[traced] async fn result_of_text_later() -> Result<u8, String> { Err("a")? }
#[traced] async fn result_of_unit_later() -> Result<u8, ()> { Err(()) }
#[traced] async fn result_of_not_debug_later() -> Result<NotDebug, NotDebug> { Err(NotDebug) }
#[traced] async fn aliased_later() -> Outcome<u8> { Ok(1) }
#[traced] async fn io_later() -> std::io::Result<()> { Ok(()) }
#[traced] async fn boxed_later() -> Box<dyn Debug> { Box::new(1) }
#[traced] async fn boxed_closure_later() -> Box<dyn Fn(u8) -> u8 + Send> { Box::new(|x| x) }
#[traced] async fn boxed_future_later() -> Boxed<'static, u32> { Box::pin(number()) }
#[traced] async fn opaque_later() -> impl Debug { 1 }
#[traced] async fn opaque_iterator_later(x: Vec<u8>) -> impl Iterator<Item = u8> { x.into_iter() }
#[traced] async fn opaque_iterator_of_references_later(x: &[u8]) -> impl Iterator<Item = &u8> { x.iter() }
#[traced] async fn opaque_closure_later() -> impl Fn(u8) -> u8 { |x: u8| x + 1 }
#[traced] async fn opaque_in_tuple_later() -> (impl Debug, u8) { (1, 2) }
#[traced] async fn opaque_in_result_later() -> Result<impl Debug, Failure> { fallible_later().await?; Ok(1) }
#[traced] async fn dyn_reference_later(x: &u8) -> &dyn Debug { x }
#[traced] async fn coerces_later(x: &Vec<u8>) -> &[u8] { x }
#[traced] async fn coerces_to_dyn_later() -> std::sync::Arc<dyn Debug + Send + Sync> { std::sync::Arc::new(1) }
#[traced] async fn infers_collection_later() -> Vec<u8> { (0..3).collect() }
#[traced] async fn infers_parse_later() -> Result<u8, std::num::ParseIntError> { "1".parse() }
#[traced] async fn infers_into_later() -> String { 'a'.into() }
#[traced] async fn infers_default_later() -> Order { Default::default() }
#[traced] async fn early_later(x: u8) -> u8 { if x > 1 { return 1; } tick().await; x }
#[traced] async fn early_result_later(x: u8) -> Outcome<u8> { if x > 1 { return Err(Failure("a")); } Ok(x) }
#[traced] async fn let_else_later(x: Option<u8>) -> u8 { let Some(x) = x else { return 0 }; tick().await; x }
#[traced] async fn async_block_in_body() -> u32 { let f = async { fallible_later().await.map(|x| x + 1) }; f.await.unwrap_or(0) }
#[traced] async fn closure_with_return() -> u32 { let f = |x: u32| { if x > 1 { return 1; } x }; f(number().await) }
#[traced] async fn is_sent() -> u32 { is_send(number()).await }

fn futures_are_send() {
    is_send(early_later(1));
    is_send(cow_later("a"));
    is_send(is_sent());
    is_send(opaque_iterator_later(vec![1]));
}
