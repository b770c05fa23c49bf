//! The spool's directory, and the directory of each process in it.

pub(super) mod home;
pub(super) mod listing;
pub(super) mod names;
pub(super) mod permissions;
pub(super) mod root;
pub(super) mod trusted;
