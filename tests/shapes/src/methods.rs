//! Methods, with every receiver.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use crate::support::*;
use crate::traced;

impl Order {
    #[traced] fn new(id: u64) -> Self { Self { id, ..Self::default() } }
    #[traced] fn by_value(self) -> u64 { self.id }
    #[traced] fn by_mutable_value(mut self) -> Self { self.id += 1; self }
    #[traced] fn assigns_itself(mut self) { self = Self::default(); }
    #[traced] fn by_reference(&self) -> u64 { self.id }
    #[traced] fn by_mutable_reference(&mut self) { self.id += 1 }
    #[traced] fn by_named_reference<'a>(&'a self, _other: &str) -> &'a str { &self.name }
    #[traced] fn boxed(self: Box<Self>) -> u64 { self.id }
    #[traced] fn counted(self: Rc<Self>) -> u64 { self.id }
    #[traced] fn shared(self: Arc<Self>) -> u64 { self.id }
    #[traced] fn shared_reference(self: &Arc<Self>) -> u64 { self.id }
    #[traced] fn pinned(self: Pin<&mut Self>) -> u64 { self.id }
    #[traced] fn pinned_reference(self: Pin<&Self>) -> u64 { self.id }
    #[traced] fn typed(self: Self) -> u64 { self.id }
    #[traced] fn typed_reference(self: &Self) -> u64 { self.id }
    #[traced] fn typed_mutable(mut self: Self) -> u64 { self.id += 1; self.id }
    #[traced] fn typed_mutable_reference(self: &mut Self) { self.id += 1 }
    #[traced] fn mutable_box(mut self: Box<Self>) -> Box<Self> { self.id += 1; self }
    #[traced] fn unused_receiver(&self) -> u32 { 1 }
    #[traced] fn unused_value(self) -> u32 { 1 }
    #[traced] fn chains(&mut self) -> &mut Self { self.id += 1; self }
    #[traced] fn part(&self) -> &str { &self.name }
    #[traced] fn part_mutable(&mut self) -> &mut Vec<String> { &mut self.tags }
    #[traced] fn moves_part(self) -> String { self.name }
    #[traced] fn compares(&self, other: &Self) -> bool { self == other }
    #[traced] fn takes_closure(&mut self, f: impl FnOnce(&mut Self)) { f(self) }
    #[traced] fn iterates(&self) -> impl Iterator<Item = &str> + '_ { self.tags.iter().map(|tag| tag.as_str()) }
    #[traced] fn iterates_mutably(&mut self) -> impl Iterator<Item = &mut String> + '_ { self.tags.iter_mut() }
    #[traced] fn iterates_owned(self) -> impl Iterator<Item = String> { self.tags.into_iter() }
    #[traced] fn returns_dyn(&self) -> Box<dyn Iterator<Item = &String> + '_> { Box::new(self.tags.iter()) }
    #[traced] fn matches(&self) -> Option<&String> { match &self.tags[..] { [] => None, [first, ..] => Some(first), } }
    #[traced(fields(id = self.id))] fn field(&self) -> u64 { self.id }
    #[traced(fields(name = %self.name, tags = ?self.tags))] fn fields(&mut self) { self.id += 1 }
    #[traced(ret)] fn ret(&self) -> u64 { self.id }
    #[traced(err)] fn err(&self) -> Outcome<&str> { Ok(&self.name) }
    #[traced(args)] fn args(&self, a: u32, b: &str) -> usize { a as usize + b.len() }

    #[traced] async fn new_later(id: u64) -> Self { tick().await; Self { id, ..Self::default() } }
    #[traced] async fn by_value_later(self) -> u64 { tick().await; self.id }
    #[traced] async fn by_mutable_value_later(mut self) -> Self { self.id += 1; tick().await; self }
    #[traced] async fn assigns_itself_later(mut self) { tick().await; self = Self::default(); }
    #[traced] async fn by_reference_later(&self) -> u64 { tick().await; self.id }
    #[traced] async fn by_mutable_reference_later(&mut self) { tick().await; self.id += 1 }
    #[traced] async fn by_named_reference_later<'a>(&'a self, _other: &str) -> &'a str { tick().await; &self.name }
    #[traced] async fn boxed_later(self: Box<Self>) -> u64 { tick().await; self.id }
    #[traced] async fn shared_later(self: Arc<Self>) -> u64 { tick().await; self.id }
    #[traced] async fn shared_reference_later(self: &Arc<Self>) -> u64 { tick().await; self.id }
    #[traced] async fn pinned_later(self: Pin<&mut Self>) -> u64 { tick().await; self.id }
    #[traced] async fn mutable_box_later(mut self: Box<Self>) -> Box<Self> { self.id += 1; tick().await; self }
    #[traced] async fn unused_receiver_later(&self) -> u32 { number().await }
    #[traced] async fn unused_value_later(self) -> u32 { number().await }
    #[traced] async fn chains_later(&mut self) -> &mut Self { self.id += 1; tick().await; self }
    #[traced] async fn part_later(&self) -> &str { tick().await; &self.name }
    #[traced] async fn moves_part_later(self) -> String { tick().await; self.name }
    #[traced] async fn takes_reference_later(&self, other: &Self) -> bool { tick().await; self == other }
    #[traced] async fn iterator_later(&self, x: impl Iterator<Item = &str>) -> usize { tick().await; x.count() }
    #[traced] async fn iterates_later(&self) -> impl Iterator<Item = &String> { self.tags.iter() }
    #[traced(fields(id = self.id))] async fn field_later(&self) -> u64 { self.id }
    #[traced(ret, err)] async fn err_later(&self) -> Outcome<&str> { Ok(&self.name) }
    #[traced(args)] async fn args_later(&self, a: u32, b: &str) -> usize { tick().await; a as usize + b.len() }
}

impl WithDrop {
    #[traced] fn consumed(self) -> usize { self.0.len() }
    #[traced] fn replaced(mut self) { self = WithDrop(String::new()); }
    #[traced] fn partly(&mut self) -> String { std::mem::take(&mut self.0) }
    #[traced] async fn consumed_later(self) -> usize { tick().await; self.0.len() }
    #[traced] async fn replaced_later(mut self) { tick().await; self = WithDrop(String::new()); }
}

impl Shape {
    #[traced] fn area(self) -> u32 { match self { Self::Point => 0, Self::Circle(r) => 3 * r * r, Self::Rectangle { width, height } => width * height, } }
    #[traced] fn grow(&mut self) { if let Self::Circle(r) = self { *r += 1 } }
    #[traced] async fn area_later(self) -> u32 { tick().await; self.area() }
}

pub struct Never(std::convert::Infallible);

impl Never {
    #[traced] fn matched(&self) -> u32 { match self.0 {} }
    #[traced] fn matched_mutably(&mut self) -> Outcome<u32> { match self.0 {} }
    #[traced] fn matched_value(self) -> u32 { match self.0 {} }
    #[traced] async fn matched_later(&self) -> u32 { match self.0 {} }
    #[traced] fn matched_parameter(never: std::convert::Infallible) -> u32 { match never {} }
    #[traced] async fn matched_parameter_later(never: &Never) -> u32 { match never.0 {} }
}

impl<'a> Event<'a> {
    #[traced] fn text(&self) -> &'a str { self.0 }
    #[traced] fn from_text(text: &'a str) -> Self { Self(text) }
    #[traced] async fn text_later(&self) -> &'a str { tick().await; self.0 }
    #[traced] async fn from_text_later(text: &'a str) -> Self { Self(text) }
    #[traced] async fn from_text_named(text: &'a str) -> Event<'a> { Event(text) }
}

#[traced] impl NotDebug { fn in_a_whole(&self) -> u32 { 1 } async fn in_a_whole_later(&self) -> u32 { loop { tick().await } } fn associated(x: impl Iterator<Item = u32>) -> u32 { x.sum() } }

impl std::ops::Add for Holder {
    type Output = Self;
    #[traced] fn add(self, other: Self) -> Self { Holder(self.0 + other.0) }
}

impl std::fmt::Display for Holder {
    #[traced] fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{}", self.0) }
}

impl From<u32> for Holder {
    #[traced] fn from(x: u32) -> Self { Holder(x) }
}

impl std::str::FromStr for Holder {
    type Err = std::num::ParseIntError;
    #[traced] fn from_str(x: &str) -> Result<Self, Self::Err> { x.parse().map(Holder) }
}

impl Iterator for Holder {
    type Item = u32;
    #[traced] fn next(&mut self) -> Option<Self::Item> { self.0 += 1; Some(self.0) }
}

impl std::ops::Deref for Holder {
    type Target = u32;
    #[traced] fn deref(&self) -> &Self::Target { &self.0 }
}

impl std::ops::Index<usize> for Holder {
    type Output = u32;
    #[traced] fn index(&self, _: usize) -> &u32 { &self.0 }
}

impl Drop for Guarded {
    #[traced] fn drop(&mut self) { self.0 = 0 }
}

impl Clone for Guarded {
    #[traced] fn clone(&self) -> Self { Guarded(self.0) }
}

pub struct Holder(u32);
pub struct Guarded(u32);

trait Store {
    type Item;
    const LIMIT: usize = 1;
    fn get(&self, id: u64) -> Option<Self::Item>;
    #[traced] fn get_or(&self, id: u64, or: Self::Item) -> Self::Item { self.get(id).unwrap_or(or) }
    #[traced] fn limit(&self) -> usize { Self::LIMIT }
    #[traced] fn sized(self) -> Self where Self: Sized, { self }
    #[traced] fn generic<T: Default>(&self) -> T { T::default() }
    #[traced] async fn get_later(&self, id: u64) -> Option<Self::Item> { tick().await; self.get(id) }
    #[traced] async fn with_references(&self, x: impl Iterator<Item = &str>) -> usize { x.count() }
}

impl Store for Order {
    type Item = String;
    #[traced] fn get(&self, id: u64) -> Option<Self::Item> { self.tags.get(id as usize).cloned() }
    #[traced] fn generic<T: Default>(&self) -> T { Default::default() }
    #[traced] async fn get_later(&self, id: u64) -> Option<String> { tick().await; self.get(id) }
    #[traced] async fn with_references(&self, x: impl Iterator<Item = &str>) -> usize { x.count() }
}

mod inner {
    use super::*;
    pub(super) trait Seal {
        #[traced] fn seal(&self) -> u32 { 1 }
    }
    impl Seal for u32 {}
}

fn nested() -> u32 { #[traced] fn in_a_function(x: u32) -> u32 { x } #[traced] async fn in_a_function_later(x: u32) -> u32 { x } in_a_function(1) }

macro_rules! makes { ($name:ident, $ty:ty, $body:block) => { #[traced] fn $name() -> $ty $body }; }
macro_rules! makes_async {
    ($name:ident, $ty:ty, $value:expr) => {
        #[traced] async fn $name() -> $ty { $value }
    };
}
macro_rules! makes_methods { ($($name:ident)*) => { impl Guarded { $(#[traced] fn $name(&self) -> u32 { self.0 })* } }; }
makes!(made, u32, { 1 });
makes!(made_result, Outcome<u32>, {
    fallible()?;
    Ok(1)
});
makes!(made_boxed, Boxed<'static, u32>, { Box::pin(async { 1 }) });
makes_async!(made_later, u32, number().await);
makes_async!(
    made_later_forever,
    (),
    loop {
        tick().await
    }
);
makes_methods!(one two three);
