use spanwise::instrument;

#[instrument(nmae = "typo")]
fn a_typing_mistake() {}

#[instrument(colour = "red")]
fn unknown_argument() {}

#[instrument(name = "one", name = "two")]
fn given_twice() {}

#[instrument("bare")]
fn a_bare_name() {}

#[instrument(name = 7)]
fn a_name_that_is_no_text() {}

#[instrument(name = "")]
fn an_empty_name() {}

#[instrument(name = Self::NAME)]
fn a_name_by_way_of_self() {}

#[instrument(name)]
fn a_name_without_a_value() {}

#[instrument(name =)]
fn a_name_that_breaks_off() {}

#[instrument(name = "long", short_name = true)]
fn a_short_form_of_a_given_name() {}

#[instrument(short_name = "yes")]
fn neither_true_nor_false() {}

#[instrument(kind = sever)]
fn no_such_kind() {}

#[instrument(kind = 1 + 1)]
fn a_kind_that_is_no_word() {}

#[instrument(level = "verbose")]
fn no_such_level() {}

#[instrument(level = dbug)]
fn a_level_mistyped() {}

#[instrument(scope = "a", target = "b")]
fn two_names_of_one_thing() {}

#[instrument(scope = 7)]
fn a_scope_that_is_no_text() {}

#[instrument(target = "")]
fn an_empty_scope() {}

#[instrument(parent = None, root)]
fn two_parents() {}

#[instrument(args, skip_all)]
fn contradiction(_n: u32) {}

#[instrument(args, skip(m))]
fn skips_what_is_not_there(_n: u32) {}

#[instrument(skip = n)]
fn skips_without_a_list(_n: u32) {}

#[instrument(fields = n)]
fn fields_without_a_list(_n: u32) {}

#[instrument(args = true)]
fn more_than_is_taken(_n: u32) {}

#[instrument(name = "a" kind = client)]
fn a_comma_is_missing() {}

#[instrument(parrent = context::<A, B>())]
fn a_mistake_that_is_told_once() {}

#[instrument(= 5)]
fn nothing_to_be_assigned_to() {}

#[instrument(enter_on_poll)]
fn polls_of_what_is_never_polled() {}

#[instrument(unpublished)]
async fn unpublished_and_polled() {}

#[instrument(unpublished)]
fn unpublished_and_later() -> impl Future<Output = ()> {
    async {}
}

#[instrument(unpublished)]
#[track_caller]
fn unpublished_in_place() {}

#[instrument(unpublished, root)]
fn unpublished_elsewhere() {}

#[instrument(enter_on_poll = 1)]
async fn polls_neither_true_nor_false() {}

#[instrument(crate = "spanwise")]
fn a_path_that_is_text() {}

#[instrument(properties = { who: "user" })]
fn a_property_whose_name_is_no_text() {}

#[instrument(properties("who" = "user"))]
fn properties_that_are_no_map() {}

// All are told, and the call below is checked as if all were well.
#[instrument(shape = "round", kind = cleint, skip(nobody), err(Dbug))]
fn several_at_once() {}

fn main() {
    several_at_once();
}
