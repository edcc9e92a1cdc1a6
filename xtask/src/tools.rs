//! The programs that commands run: cargo, Python tools, and progenitor, which is a library.

mod cargo;
pub(crate) mod progenitor;
mod python;

pub(crate) use cargo::{Cargo, cargo, hand_over, output, run, succeeds};
pub(crate) use python::Python;
