//! Tests recorded payloads against the bindings, and the program `conform`.

mod command;
mod compare;
mod fixtures;
mod published;
mod untyped;
mod values;
