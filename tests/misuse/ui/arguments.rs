use spanwise::instrument;

#[instrument(nmae = "typo")]
fn mistyped_argument() {}

#[instrument(color = "red")]
fn unknown_argument() {}

#[instrument(name = "one", name = "two")]
fn repeated_argument() {}

#[instrument("one", name = "two")]
fn name_given_twice() {}

#[instrument(name = 7)]
fn name_is_a_number() {}

#[instrument(name = "")]
fn empty_name() {}

#[instrument(name = Self::NAME)]
fn name_is_a_constant_of_self() {}

#[instrument(name)]
fn name_without_a_value() {}

#[instrument(name =)]
fn name_without_a_value_after_the_sign() {}

#[instrument(name = "long", short_name = true)]
fn name_and_short_name() {}

#[instrument(short_name = "yes")]
fn short_name_is_text() {}

#[instrument(kind = sever)]
fn unknown_kind() {}

#[instrument(kind = 1 + 1)]
fn kind_is_an_expression() {}

#[instrument(level = "verbose")]
fn unknown_level() {}

#[instrument(level = dbug)]
fn mistyped_level() {}

#[instrument(scope = "a", target = "b")]
fn scope_and_target() {}

#[instrument(scope = 7)]
fn scope_is_a_number() {}

#[instrument(target = "")]
fn empty_scope() {}

#[instrument(parent = None, root)]
fn parent_and_root() {}

#[instrument(args, skip_all)]
fn args_and_skip_all(_n: u32) {}

#[instrument(args, skip(m))]
fn skip_of_an_unknown_parameter(_n: u32) {}

#[instrument(skip = n)]
fn skip_without_a_list(_n: u32) {}

#[instrument(fields = n)]
fn fields_without_a_list(_n: u32) {}

#[instrument(args = true)]
fn value_for_an_argument_without_one(_n: u32) {}

#[instrument(name = "user {id}")]
fn name_with_a_parameter(id: u64) -> u64 {
    id
}

#[instrument(parrent = context::<A, B>())]
fn mistyped_argument_with_generics() {}

#[instrument(= 5)]
fn value_without_a_name() {}

#[instrument(enter_on_poll)]
fn enter_on_poll_without_async() {}

#[instrument(unpublished)]
async fn unpublished_async() {}

#[instrument(unpublished)]
fn unpublished_with_a_future() -> impl Future<Output = ()> {
    async {}
}

#[instrument(unpublished)]
#[track_caller]
fn unpublished_in_place() {}

#[instrument(unpublished, root)]
fn unpublished_root() {}

#[instrument(enter_on_poll = 1)]
async fn enter_on_poll_is_a_number() {}

#[instrument(crate = "spanwise")]
fn crate_is_text() {}

#[instrument(properties = { who: "user" })]
fn property_name_is_not_text() {}

#[instrument(properties("who" = "user"))]
fn properties_in_parentheses() {}

// All mistakes are reported, and the call below compiles as if there were none.
#[instrument(shape = "round", kind = cleint, skip(nobody), err(Dbug))]
fn several_mistakes() {}

fn main() {
    several_mistakes();
}
