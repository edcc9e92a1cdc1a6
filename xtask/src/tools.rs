//! The tools that commands use: cargo, programs from PyPI and npm, and the progenitor library.

mod cargo;
mod memory;
mod npm;
mod outage;
pub(crate) mod progenitor;
mod python;
mod sandbox;
mod server;

pub(crate) use cargo::{Cargo, cargo, hand_over, output, run, succeeds};
pub(crate) use memory::{peak_megabytes, peak_megabytes_of};
pub(crate) use npm::Npm;
pub(crate) use outage::Proxy;
pub(crate) use python::Python;
pub(crate) use sandbox::Sandbox;
pub(crate) use server::Server;
