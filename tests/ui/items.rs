use spanwise::instrument;

#[instrument]
struct Type;

#[instrument]
const CONSTANT: u32 = 1;

#[instrument]
mod module {}

#[instrument]
const fn constant(n: u32) -> u32 {
    n
}

trait Trait {
    #[instrument]
    fn without_a_body(&self);
}

#[instrument]
impl Trait for u8 {
    fn without_a_body(&self) {}
}

fn main() {
    let _ = constant(CONSTANT);
}
