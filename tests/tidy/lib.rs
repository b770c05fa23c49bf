//! The invariants of `ARCHITECTURE.md` that can be read off the sources.
//!
//! A crate of its own, so that it builds in seconds: its only dependency reads Rust's tokens.
//! Each test is a file, with what it allows as a table at the top:
//!
//! | file | what it holds |
//! |---|---|
//! | [`layers`] | A part of the runtime uses only parts below it. |
//! | [`knots`] | Files do not import one another in a circle. |
//! | [`homonyms`] | A type name has one definition. |
//! | [`globals`] | Only the set-up reads the environment or sets a global. |
//! | [`length`] | A file can be read in one sitting. |
//! | [`words`] | American spelling, and the names that we agreed on. |
//! | [`glossary`] | The glossary is short and defines each word once. |
//!
//! `cargo test -p spanwise-tidy -- --nocapture` prints what the first three find.
//!
//! The rest reads the sources: [`files`] → [`syntax`] (one file, as one [`configuration`] sees it) →
//! [`modules`] → [`resolve`] (a path to the file that defines it) → [`graph`].
#![cfg(test)]

mod configuration;
mod files;
mod graph;
mod modules;
mod resolve;
mod syntax;

mod globals;
mod glossary;
mod homonyms;
mod knots;
mod layers;
mod length;
mod words;
