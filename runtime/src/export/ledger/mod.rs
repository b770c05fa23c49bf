//! The count of every span, and the reasons why spans are lost.

#[expect(clippy::module_inception, reason = "the folder is named after its main type")]
pub(crate) mod ledger;
pub(super) mod loss_reporter;
pub(super) mod losses;
pub(super) mod report;
