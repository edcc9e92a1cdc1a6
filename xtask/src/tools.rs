//! The tools that commands use: cargo, Python programs, and the progenitor library.

mod cargo;
mod memory;
pub(crate) mod progenitor;
mod python;
mod server;

pub(crate) use cargo::{Cargo, cargo, hand_over, output, run, succeeds};
pub(crate) use memory::peak_megabytes;
pub(crate) use python::Python;
pub(crate) use server::Server;
