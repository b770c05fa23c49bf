use spanwise::instrument;

#[instrument]
struct Type;

#[instrument]
const CONSTANT: u32 = 1;

#[instrument]
static STATIC: u32 = 1;

#[instrument]
type Alias = u32;

#[instrument]
use std::fmt as _;

#[instrument]
const fn constant(n: u32) -> u32 {
    n
}

trait Trait {
    #[instrument]
    fn without_a_body(&self);
}

#[instrument(name = NAME)]
impl Type {
    fn named_by_a_constant(&self) {}
}

#[instrument(name = format!("{id}"))]
mod named_by_a_format {
    pub fn function() {}
}

// Reported once, and not for each function.
#[instrument(skip(nobody), kind = cleint)]
impl Trait for Type {
    fn without_a_body(&self) {}
}

#[instrument(fields(tenant))]
impl Type {
    fn has_no_parameter_tenant(&self) {}
}

#[instrument(args, skip(pasword))]
mod outer {
    mod inner {
        pub fn function(_password: &str) {}
    }
}

#[instrument(off)]
impl Type {
    fn not_recorded(&self, #[field] _n: u32) {}
}

#[instrument]
impl Type {
    // Skipped, unless it has its own attribute.
    const fn skipped(&self) {}

    #[instrument]
    const fn with_its_own_attribute(&self) {}
}

fn main() {
    let _ = constant(CONSTANT);
    named_by_a_format::function();
    Type.named_by_a_constant();
    Type.without_a_body();
}
