//! A file for each detector.

pub(super) mod build;
mod cloud;
pub(super) mod command;
pub(super) mod container;
pub(super) mod host;
pub(super) mod kubernetes;
mod mounts;
pub(super) mod os;
pub(super) mod process;
pub(super) mod service;

pub(super) use cloud::{aws, azure, gcp};
