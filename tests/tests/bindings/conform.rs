//! Recorded payloads compared with the bindings, and the program `conform`.

mod command;
mod compare;
mod fixtures;
mod published;
mod untyped;
mod values;
