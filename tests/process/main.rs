//! Programs that are started: export, outages, shutdown, bad input.

mod bad_input;
#[cfg(unix)]
mod blocked;
mod certificates;
mod doctor;
mod engine;
mod exporters;
#[cfg(unix)]
mod forks;
#[cfg(unix)]
mod gateways;
mod load;
mod long_outage;
mod outage;
mod over_http;
mod paced;
mod probe;
mod python;
mod refusals;
mod refused_batches;
mod required;
mod resource;
mod scripted;
mod shutdown;
mod silence;
mod spool;
mod tls;
mod two_processes;
mod waiting;
