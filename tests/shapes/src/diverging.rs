//! Bodies that never end, and tails of any type.

use crate::support::*;
use crate::traced;

#[traced] fn loops() { loop {} }
#[traced] fn loops_for_a_number() -> u32 { loop {} }
#[traced] fn breaks_with_a_number() -> u32 { loop { break 1 } }
#[traced] fn never() -> ! { loop {} }
#[traced] fn never_panics() -> ! { panic!("never") }
#[traced] fn never_exits() -> ! { std::process::exit(1) }
#[traced] fn panics() { panic!("it") }
#[traced] fn panics_for_text() -> String { panic!("it") }
#[traced] fn todo_for_nothing() { todo!() }
#[traced] fn todo_for_a_result() -> Outcome<()> { todo!() }
#[traced] fn todo_for_an_option() -> Option<Order> { todo!() }
#[traced] fn unimplemented_reference(text: &str) -> &str { unimplemented!() }
#[traced] fn unreachable_tuple() -> (u8, String) { unreachable!() }
#[traced] fn exits() { std::process::exit(1) }
#[traced] fn returns_or_loops(stop: bool) { if stop { return; } loop {} }
#[traced] fn returns_or_loops_for_a_number(stop: bool) -> u32 { if stop { return 1; } loop {} }
#[traced] fn returns_in_the_tail() -> u32 { return 1 }
#[traced] fn returns_in_the_tail_with_semicolon() -> u32 { return 1; }
#[traced] fn returns_nothing_in_the_tail() { return }
#[traced] fn question_mark_then_loops() -> Outcome<()> { fallible()?; loop {} }
#[traced(err)] fn loops_with_err() -> Outcome<()> { loop {} }
#[traced(err, ret)] fn loops_with_err_and_ret() -> Outcome<u32> { loop {} }
#[traced(ret)] fn loops_with_ret() { loop {} }
#[traced(ret)] fn panics_with_ret() -> u32 { panic!("it") }

#[traced] async fn loops_later() { loop { tick().await } }
#[traced] async fn loops_later_for_a_number() -> u32 { loop { tick().await } }
#[traced] async fn loops_later_for_a_result() -> Outcome<()> { loop { tick().await } }
#[traced] async fn loops_later_for_text() -> String { loop { tick().await } }
#[traced] async fn loops_later_for_a_vector() -> Vec<Order> { loop { tick().await } }
#[traced] async fn loops_later_for_an_option() -> Option<&'static str> { loop { tick().await } }
#[traced] async fn loops_later_for_a_box() -> Box<dyn std::error::Error> { loop { tick().await } }
#[traced] async fn loops_later_for_a_reference(text: &str) -> &str { loop { tick().await } }
#[traced] async fn loops_later_for_unit() -> () { loop { tick().await } }
#[traced] async fn never_later() -> ! { loop { tick().await } }
#[traced] async fn never_later_panics() -> ! { panic!("never") }
#[traced] async fn never_later_exits() -> ! { std::process::exit(1) }
#[traced] async fn panics_later() { panic!("it") }
#[traced] async fn panics_later_after_a_tick() { tick().await; panic!("it") }
#[traced] async fn panics_later_for_text() -> String { panic!("it") }
#[traced] async fn todo_later() { todo!() }
#[traced] async fn todo_later_for_a_result() -> Outcome<u32> { todo!() }
#[traced] async fn unimplemented_later() { unimplemented!() }
#[traced] async fn unreachable_later() -> (u8, u8) { unreachable!() }
#[traced] async fn exits_later() { std::process::exit(1) }
#[traced] async fn exits_later_for_a_number() -> u8 { std::process::exit(1) }
#[traced] async fn returns_or_loops_later(stop: bool) { if stop { return; } loop { tick().await } }
#[traced] async fn returns_or_loops_later_for_a_number(stop: bool) -> u32 { if stop { return 1; } loop { tick().await } }
#[traced] async fn returns_later_in_the_tail() -> u32 { return 1 }
#[traced] async fn returns_nothing_later() { return }
#[traced] async fn returns_nothing_later_with_semicolon() { tick().await; return; }
#[traced] async fn question_mark_then_loops_later() -> Outcome<()> { fallible_later().await?; loop { tick().await } }
#[traced] async fn question_mark_then_panics_later() -> Outcome<u32> { fallible_later().await?; panic!("it") }
#[traced] async fn breaks_later() -> u32 { loop { break number().await } }
#[traced] async fn labeled_later() -> u32 { 'outer: loop { loop { break 'outer number().await } } }
#[traced] async fn match_of_nevers() { match number().await { 1 => panic!(), _ => loop { tick().await }, } }
#[traced] async fn while_true() { while true { tick().await } }
#[traced(err)] async fn loops_later_with_err() -> Outcome<()> { loop { tick().await } }
#[traced(err, ret)] async fn loops_later_with_err_and_ret() -> Outcome<u32> { loop { tick().await } }
#[traced(ret)] async fn loops_later_with_ret() { loop { tick().await } }
#[traced(ret)] async fn panics_later_with_ret() -> u32 { panic!("it") }
#[traced(err(Debug))] async fn todo_later_with_err() -> Outcome<u32> { todo!() }
#[traced(enter_on_poll = true)] async fn loops_later_polled() { loop { tick().await } }
#[traced(parent = None)] async fn loops_later_as_a_root() { loop { tick().await } }
#[traced(fields(a = 1))] async fn loops_later_with_fields() { loop { tick().await } }
#[traced] async fn ends_in_unit() { tick().await; }
#[traced] async fn ends_in_a_unit_value() { tick().await; () }
#[traced] async fn ends_in_a_call_of_unit() { tick().await }
#[traced] async fn ends_in_an_if() { if true { tick().await } }
#[traced] async fn ends_in_a_block() -> u32 { { 1 } }
#[traced] async fn ends_in_an_unsafe_block() -> u32 { unsafe { 1 } }
#[traced] async fn ends_in_a_match(of: Option<u32>) -> u32 { match of { Some(n) => n, None => return 0, } }
#[traced] async fn ends_in_a_macro() -> String { format!("{}", 1) }
#[traced] async fn empty() {}
#[traced] async fn empty_result() -> Outcome<()> { Ok(()) }
#[traced] fn empty_sync() {}
#[traced] fn ends_in_an_if_sync(is: bool) -> u32 { if is { 1 } else { 2 } }
#[traced] fn ends_in_a_closure_call() -> u32 { (|| 1)() }
#[traced] fn ends_in_a_temporary(of: std::sync::Mutex<u32>) -> u32 { *of.lock().unwrap() }
#[traced] async fn ends_in_a_temporary_later(of: std::sync::Mutex<u32>) -> u32 { *of.lock().unwrap() }
#[traced] fn ends_in_a_borrowed_temporary(of: &std::cell::RefCell<Vec<u32>>) -> usize { of.borrow().len() }
#[traced] async fn ends_in_an_await_of_a_match() -> u32 { match Some(1) { Some(_) => number().await, None => 0, } }

trait Worker {
    async fn work(&self) -> u32;
    async fn run(&self) {
        loop {
            tick().await
        }
    }
    #[traced] async fn run_traced(&self) { loop { tick().await } }
    #[traced] async fn panic_traced(&mut self) -> Outcome<()> { panic!("it") }
    #[traced] fn run_sync(&self) { loop {} }
    #[traced] fn never_sync(&self) -> ! { loop {} }
    #[traced] async fn never(&self) -> ! { loop { tick().await } }
}

struct Own;

impl Worker for Own {
    #[traced] async fn work(&self) -> u32 { loop { tick().await } }
    #[traced] async fn run(&self) { loop { tick().await } }
    #[traced] async fn run_traced(&self) { todo!() }
    #[traced] async fn panic_traced(&mut self) -> Outcome<()> { std::process::exit(1) }
    #[traced] fn run_sync(&self) { todo!() }
}

impl Own {
    #[traced] async fn forever(self) { loop { tick().await } }
    #[traced] async fn forever_shared(self: std::sync::Arc<Self>) { loop { tick().await } }
    #[traced] async fn forever_mutable(&mut self) -> Outcome<()> { loop { fallible_later().await?; } }
}
