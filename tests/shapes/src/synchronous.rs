//! Bodies of every kind.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use crate::support::*;
use crate::traced;

#[traced] fn statements() { let a = 1; let b = a + 1; drop(b); }
#[traced] fn items() -> u32 { const A: u32 = 1; static B: u32 = 2; fn c() -> u32 { 3 } struct D(u32); impl D { fn get(&self) -> u32 { self.0 } } A + B + c() + D(4).get() }
#[traced] fn uses() -> usize { use std::mem::size_of; size_of::<u8>() }
#[traced] fn macros() -> Vec<String> { vec![format!("{}", 1), concat!("a", "b").to_string()] }
#[traced] fn own_macro() -> u32 { macro_rules! two { () => { 2 }; } two!() }
#[traced] fn assertions(x: u32) { assert!(x > 0); assert_eq!(x, x, "{}", x); debug_assert!(true) }
#[traced] fn printing() { println!("{}", 1); eprintln!(); }
#[traced] fn loops() -> u32 { let mut n = 0; for i in 0..3 { n += i } while n < 10 { n += 1 } loop { n += 1; if n > 20 { break n; } } }
#[traced] fn labels() -> u32 { 'a: for i in 0..3 { for j in 0..3 { if i * j > 2 { break 'a; } else { continue 'a; } } } 1 }
#[traced] fn labeled_block() -> u32 { 'a: { if true { break 'a 1; } 2 } }
#[traced] fn matches_all(x: Shape) -> u32 { match x { Shape::Point => 0, Shape::Circle(r) if r > 1 => r, Shape::Circle(_) => 1, Shape::Rectangle { width: w, .. } => w, } }
#[traced] fn if_let(x: Option<u32>) -> u32 { if let Some(x) = x { x } else if true { 1 } else { 2 } }
#[traced] fn closures() -> u32 { let mut n = 0; let mut add = |x| n += x; add(1); add(2); n }
#[traced] fn returns_from_closure() -> u32 { let f = |x: u32| -> u32 { if x > 1 { return 1; } 2 }; f(1) }
#[traced] fn unsafe_block(x: *const u32) -> u32 { unsafe { *x } }
#[traced] fn locks(x: &Mutex<HashMap<String, u32>>) -> Option<u32> { x.lock().ok()?.get("a").copied() }
#[traced] fn tail_of_a_lock(x: &Mutex<Vec<u32>>) -> Option<u32> { x.lock().unwrap().pop() }
#[traced] fn tail_if_let_of_a_lock(x: &Mutex<Vec<u32>>) -> u32 { if let Some(n) = x.lock().unwrap().first() { *n } else { 0 } }
#[traced] fn tail_match_of_a_lock(x: &Mutex<Vec<u32>>) -> u32 { match x.lock().unwrap().first() { Some(n) => *n, None => 0, } }
#[traced] fn statics() -> &'static str { static ONCE: OnceLock<String> = OnceLock::new(); ONCE.get_or_init(|| "a".into()) }
#[traced] fn shadowed_prelude() -> u32 { #[allow(non_camel_case_types)] struct Option; struct Some; fn drop() {} let _ = (Option, Some); drop(); 1 }
#[traced] fn shadowed_core() -> u32 { mod core {} mod std {} 1 }
#[traced] fn raw_strings() -> usize { r#"a "quoted" {text}"#.len() + br"b".len() }
#[traced] fn numbers() -> f64 { 1_000.5e3 + 0xff as f64 + 0b1 as f64 }
#[traced]
fn comments() -> u32 {
    /* a */
    1 // b
}
#[traced] fn underscore_expression(x: (u32, u32)) -> u32 { let a; (a, _) = x; a }
#[traced] fn nested_functions(n: u32) -> u32 { #[traced] fn inner(n: u32) -> u32 { n } inner(n) }
#[traced] fn mutual_a(n: u32) -> u32 { if n == 0 { 0 } else { mutual_b(n - 1) } }
#[traced] fn mutual_b(n: u32) -> u32 { if n == 0 { 1 } else { mutual_a(n - 1) } }
#[traced] fn moves_in_branches(x: String, y: bool) -> String { if y { x } else { let z = x; z } }
#[traced] fn borrows_in_branches(x: &mut Vec<u32>) -> &mut u32 { if x.is_empty() { x.push(1) } let n = x.len(); &mut x[n - 1] }
#[traced] fn returns_a_borrow_early<'a>(x: &'a mut HashMap<u32, String>, k: u32) -> &'a String { if x.contains_key(&k) { return &x[&k]; } x.entry(k).or_default() }
#[traced] fn two_phase(x: &mut Vec<usize>) { x.push(x.len()) }
#[traced] fn scoped_threads(x: &[u32]) -> u32 { std::thread::scope(|s| s.spawn(|| x.iter().sum()).join().unwrap()) }
#[traced] fn catches() -> bool { std::panic::catch_unwind(|| panic!("it")).is_err() }
#[traced] fn temporaries() -> usize { String::from("a").as_str().trim().len() }
#[traced] fn try_in_iterator(x: &[&str]) -> Result<Vec<u32>, std::num::ParseIntError> { x.iter().map(|x| x.parse()).collect() }
#[traced] fn turbofish() -> Vec<u32> { (0..3).collect::<Vec<_>>() }
#[traced] fn ranges(x: &[u32]) -> &[u32] { &x[..x.len() / 2] }
#[traced] fn casts(x: u64) -> u8 { x as u32 as u8 }
#[traced] fn function_items() -> usize { [1, 2].iter().map(ToString::to_string).map(|s| s.len()).sum() }
#[traced] fn attributes_in_body() -> u32 { #[allow(unused_variables)] let a = 1; #[cfg(any())] let b = 2; #[cfg(not(any()))] { 3 } }
#[traced] fn semicolons() {}
#[traced] fn const_block() -> u32 { const { 1 + 1 } }
#[traced] fn assignment_as_tail(x: &mut u32) { *x = 1 }
#[traced] fn compound_assignment_as_tail(x: &mut u32) { *x += 1 }
#[traced] fn call_of_unit_as_tail() { drop(1) }

#[traced] async fn items_later() -> u32 { const A: u32 = 1; async fn b() -> u32 { 2 } A + b().await }
#[traced] async fn joins() -> u32 { let (a, b) = futures_util::join!(number(), number()); a + b }
#[traced] async fn selects() -> u32 { tokio::select! { biased; x = number() => x, _ = tick() => 0 } }
#[traced] async fn spawns() -> u32 { tokio::spawn(async { number().await }).await.unwrap_or(0) }
#[traced] async fn awaits_in_loops() -> u32 { let mut n = 0; for _ in 0..3 { n += number().await } n }
#[traced] async fn awaits_in_conditions() -> u32 { if number().await == 1 { number().await } else { 0 } }
#[traced] async fn awaits_in_arguments() -> u32 { u32::max(number().await, number().await) }
#[traced] async fn async_closure_like() -> u32 { let f = |x: u32| async move { x + number().await }; f(1).await }
#[traced] async fn async_block_with_question_mark() -> Outcome<u32> { let f = async { let a = fallible_later().await?; Ok::<_, Failure>(a) }; f.await }
#[traced] async fn holds_a_guard(x: &tokio::sync::Mutex<u32>) -> u32 { let guard = x.lock().await; tick().await; *guard }
#[traced] async fn drops_a_guard(x: &Mutex<u32>) -> u32 { let n = { *x.lock().unwrap() }; tick().await; n }
#[traced] async fn pins() -> u32 { let f = number(); let mut f = std::pin::pin!(f); f.as_mut().await }
#[traced] async fn boxes_error() -> Result<(), Box<dyn std::error::Error + Send + Sync>> { fallible_later().await?; Err("a")? }
#[traced] async fn yields_a_future() -> impl std::future::Future<Output = u32> { number() }
#[traced] async fn assignment_as_tail_later(x: &mut u32) { *x = number().await }
#[traced] async fn call_of_unit_as_tail_later() { drop(number().await) }
