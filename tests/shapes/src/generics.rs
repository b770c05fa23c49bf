//! Generic functions, in all their forms.

use std::fmt::{Debug, Display};
use std::future::Future;
use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::Add;

use crate::support::*;
use crate::traced;

#[traced] fn one<T>(x: T) -> T { x }
#[traced] fn bounded<T: Debug + Clone>(x: &T) -> T { x.clone() }
#[traced] fn with_where<T>(x: T) -> String where T: Display, { x.to_string() }
#[traced] fn two<A, B>(a: A, b: B) -> (A, B) { (a, b) }
#[traced] fn constant<const N: usize>(x: [u8; N]) -> usize { N }
#[traced] fn defaulted<T: Default>() -> T { T::default() }
#[traced] fn borrowed<'a, T: 'a + Debug>(x: &'a T) -> &'a T { x }
#[traced] fn higher_ranked<F>(f: F) -> usize where F: for<'a> Fn(&'a str) -> &'a str, { f("a").len() }
#[traced] fn closure<F: FnOnce() -> T, T>(f: F) -> T { f() }
#[traced] fn unsized_type<T: ?Sized + Debug>(x: &T) -> String { format!("{:?}", x) }
#[traced] fn sum<T: Add<Output = T> + Copy>(x: T) -> T { x + x }
#[traced] fn collects<T, C: std::iter::FromIterator<T>>(x: Vec<T>) -> C { x.into_iter().collect() }
#[traced] fn associated<I: Iterator>(mut x: I) -> Option<I::Item> { x.next() }
#[traced] fn qualified<I: IntoIterator>(x: I) -> <I as IntoIterator>::IntoIter { x.into_iter() }
#[traced] fn phantom<T>(_: PhantomData<T>) -> usize { std::mem::size_of::<PhantomData<T>>() }
#[traced] fn implicit_and_explicit<T: Debug>(x: T, y: impl Display) -> String { format!("{:?}{}", x, y) }
#[traced] fn lifetime_only<'a>(x: &'a str) -> &'a str { x }
#[traced] fn recursive<T: Clone>(x: T, n: u32) -> T { if n == 0 { x } else { recursive(x, n - 1) } }
#[traced(ret)] fn generic_ret<T: Debug>(x: T) -> T { x }
#[traced(err)] fn generic_err<T, E: std::error::Error>(x: Result<T, E>) -> Result<T, E> { x }
#[traced(err)] fn generic_err_of_anything<T, E>(x: Result<T, E>) -> Result<T, E> { x }
#[traced(fields(x = ?x))] fn generic_field<T: Debug>(x: T) -> T { x }
#[traced(fields(n = N))] fn generic_constant_field<const N: usize>() -> usize { N }

#[traced] async fn one_later<T>(x: T) -> T { x }
#[traced] async fn bounded_later<T: Debug + Clone>(x: &T) -> T { tick().await; x.clone() }
#[traced] async fn with_where_later<T>(x: T) -> String where T: Display, { x.to_string() }
#[traced] async fn two_later<A, B>(a: A, b: B) -> (A, B) { tick().await; (a, b) }
#[traced] async fn constant_later<const N: usize>(x: [u8; N]) -> usize { tick().await; N }
#[traced] async fn defaulted_later<T: Default>() -> T { T::default() }
#[traced] async fn borrowed_later<'a, T: 'a + Debug>(x: &'a T) -> &'a T { tick().await; x }
#[traced] async fn higher_ranked_later<F>(f: F) -> usize where F: for<'a> Fn(&'a str) -> &'a str, { f("a").len() }
#[traced] async fn closure_later<F: FnOnce() -> T, T>(f: F) -> T { f() }
#[traced] async fn future_of<F: Future<Output = T>, T>(f: F) -> T { f.await }
#[traced] async fn async_function<F, R>(f: F) -> u32 where F: Fn(u32) -> R, R: Future<Output = u32>, { f(1).await }
#[traced] async fn unsized_later<T: ?Sized + Debug>(x: &T) -> String { tick().await; format!("{:?}", x) }
#[traced] async fn associated_later<I: Iterator>(mut x: I) -> Option<I::Item> { tick().await; x.next() }
#[traced] async fn hashed<K: Hash + Eq + Clone, V>(x: std::collections::HashMap<K, V>) -> usize { x.len() }
#[traced] async fn static_bound<T: Send + 'static>(x: T) -> T { tick().await; x }
#[traced] async fn implicit_and_explicit_later<T: Debug>(x: T, y: impl Display) -> String { format!("{:?}{}", x, y) }
#[traced(ret)] async fn generic_ret_later<T: Debug>(x: T) -> T { x }
#[traced(err)] async fn generic_err_later<T, E: std::error::Error>(x: Result<T, E>) -> Result<T, E> { x }
#[traced(err)] async fn generic_err_of_anything_later<T, E>(x: Result<T, E>) -> Result<T, E> { x }
#[traced] async fn loops_generic<T: Default>() -> T { loop { tick().await } }

pub struct Holder<T>(pub T);

impl<T: Clone> Holder<T> {
    #[traced] fn get(&self) -> T { self.0.clone() }
    #[traced] fn replace(&mut self, x: T) -> T { std::mem::replace(&mut self.0, x) }
    #[traced] fn into_inner(self) -> T { self.0 }
    #[traced] fn map<U>(self, f: impl FnOnce(T) -> U) -> Holder<U> { Holder(f(self.0)) }
    #[traced] fn with<'a>(&'a self, x: &'a T) -> [&'a T; 2] { [&self.0, x] }
    #[traced] async fn get_later(&self) -> T { tick().await; self.0.clone() }
    #[traced] async fn into_inner_later(self) -> T { tick().await; self.0 }
    #[traced] async fn map_later<U, F: Future<Output = U>>(self, f: impl FnOnce(T) -> F) -> Holder<U> { Holder(f(self.0).await) }
    #[traced] async fn loops_later(&mut self) -> Outcome<T> { loop { fallible_later().await?; } }
    #[traced] fn boxed<'a>(&'a self) -> Boxed<'a, T> where T: Send + Sync, { let x = self.0.clone(); Box::pin(async move { x }) }
}

impl<'a, T> Holder<&'a [T]> {
    #[traced] fn first(&self) -> Option<&'a T> { self.0.first() }
    #[traced] async fn first_later(&self) -> Option<&'a T> { tick().await; self.0.first() }
}

impl<const N: usize> Holder<[u8; N]> {
    const SIZE: usize = N;
    #[traced] fn size(&self) -> usize { Self::SIZE }
    #[traced] async fn size_later(&self) -> usize { Self::SIZE }
}
