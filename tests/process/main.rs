//! Processes of their own: what is exported by whom and when, and what happens when things go wrong.

mod bad_input;
mod outage;
mod probe;
mod shutdown;
mod two_processes;
