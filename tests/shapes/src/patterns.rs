//! Parameters that are patterns.

use crate::support::*;
use crate::traced;

#[traced] fn tuple((a, b): (u32, u32)) -> u32 { a + b }
#[traced] fn reference_to_mutable((ref mut a, _): (String, u8)) -> usize { a.push('x'); a.len() }
#[traced] fn reference((ref a, _): (String, u8)) -> usize { a.len() }
#[traced] fn mutable_in_tuple((mut a, _): (String, u8)) -> String { a.push('x'); a }
#[traced] fn whole_by_mutable_reference(ref mut a: String) -> usize { a.push('x'); a.len() }
#[traced] fn whole_by_reference(ref a: String) -> usize { a.len() }
#[traced] fn fields_by_mutable_reference(Order { ref mut name, .. }: Order) -> usize { name.push('x'); name.len() }
#[traced] fn fields_by_reference(Order { ref name, ref tags, .. }: Order) -> usize { name.len() + tags.len() }
#[traced] fn array_by_mutable_reference([ref mut a, ref b]: [String; 2]) -> usize { a.push_str(b); a.len() }
#[traced] fn nested_by_mutable_reference(((ref mut a, _), [_, ref mut b]): ((String, u8), [u8; 2])) -> usize { a.push('x'); *b += 1; a.len() }
#[traced] async fn reference_to_mutable_later((ref mut a, _): (String, u8)) -> usize { a.push('x'); tick().await; a.len() }
#[traced] async fn array_by_mutable_reference_later([ref mut a, ref b]: [String; 2]) -> usize { a.push_str(b); tick().await; a.len() }
#[traced] async fn fields_by_mutable_reference_later(Order { ref mut name, .. }: Order) -> usize { name.push('x'); tick().await; name.len() }
#[traced] async fn whole_by_mutable_reference_later(ref mut a: String) -> usize { a.push('x'); tick().await; a.len() }
#[traced] async fn tuple_later((a, b): (u32, u32)) -> u32 { tick().await; a + b }
#[traced] fn structure(Order { id, name, tags: _ }: Order) -> String { format!("{} {}", id, name) }
#[traced] fn renamed(Order { id: number, .. }: Order) -> u64 { number }
#[traced] fn referenced(&(a, b): &(u32, u32)) -> u32 { a + b }
#[traced] fn through_reference((a, b): &(String, String)) -> usize { a.len() + b.len() }
#[traced] fn through_mutable_reference((a, _): &mut (String, String)) { a.push('x') }
#[traced] fn event(Event(text): Event<'_>) -> usize { text.len() }
#[traced] fn slice([first, rest @ ..]: [u32; 3]) -> u32 { first + rest.len() as u32 }
#[traced] fn bound(whole @ Order { .. }: Order) -> u64 { whole.id }
#[traced] fn bound_in_tuple((a @ (_, _), b): ((u32, u32), u32)) -> u32 { a.0 + b }
#[traced] fn wildcards(_: u32, (_, _): (u32, u32)) {}
#[traced] fn rest((first, ..): (u32, u32, u32)) -> u32 { first }
#[traced] fn parenthesized((a): u32) -> u32 { a }
#[traced] fn alternatives((Ok(a) | Err(a)): Result<u32, u32>) -> u32 { a }
#[traced] fn unit(_: ()) {}
#[traced] fn empty_pattern((): ()) {}
#[traced] fn extracted(Wrapper(a): Wrapper<u32>, Wrapper(b): Wrapper<String>) -> usize { a as usize + b.len() }
#[traced] async fn extracted_later(Wrapper(a): Wrapper<u32>, Wrapper(mut b): Wrapper<String>) -> usize { b.push('x'); tick().await; a as usize + b.len() }
#[traced(skip_all)] fn skipped((a, b): (u32, u32)) -> u32 { a + b }
#[traced(fields(sum = a + b))] fn summed((a, b): (u32, u32)) -> u32 { a + b }
#[traced(fields(sum = a + b))] async fn summed_later((a, b): (u32, u32)) -> u32 { a + b }
#[traced(fields(length = a.len()))] fn measured((ref mut a, _): (String, u8)) -> usize { a.push('x'); a.len() }
#[traced(fields(length = a.len()))] fn measured_mutable((mut a, _): (String, u8)) -> usize { a.push('x'); a.len() }

pub struct Wrapper<T>(pub T);

impl Order {
    #[traced] fn with(self, Order { id, .. }: Order) -> u64 { self.id + id }
    #[traced] fn with_mutable(&mut self, (ref mut a, b): (u64, u64)) { *a += b; self.id += *a }
    #[traced] async fn with_later(&self, [a, b]: [u64; 2]) -> u64 { tick().await; self.id + a + b }
}
