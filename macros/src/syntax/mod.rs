//! The pieces of syntax that several arguments share. Nothing here knows of an argument or a function.

pub(crate) mod keyword;
pub(crate) mod list;
pub(crate) mod static_text;
pub(crate) mod suggest;
pub(crate) mod tokens;
pub(crate) mod value;
