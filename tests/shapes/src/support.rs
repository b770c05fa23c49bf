//! What the shapes are made of.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
pub type LocalBoxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;
pub type Outcome<T> = std::result::Result<T, Failure>;

#[derive(Debug, Clone, PartialEq)]
pub struct Failure(pub &'static str);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Failure {}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Order {
    pub id: u64,
    pub name: String,
    pub tags: Vec<String>,
}

pub struct Event<'a>(pub &'a str);

#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Point,
    Circle(u32),
    Rectangle { width: u32, height: u32 },
}

pub struct NotDebug;

pub struct WithDrop(pub String);

impl Drop for WithDrop {
    fn drop(&mut self) {}
}

pub async fn tick() {}
pub async fn number() -> u32 {
    1
}
pub fn fallible() -> Outcome<u32> {
    Ok(1)
}
pub async fn fallible_later() -> Outcome<u32> {
    Ok(1)
}
pub fn is_send<T: Send>(value: T) -> T {
    value
}
pub fn shared<T>(value: T) -> Arc<T> {
    Arc::new(value)
}
