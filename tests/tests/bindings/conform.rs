//! Whether recorded payloads fit the bindings, and whether the program that tells so can be trusted.

mod command;
mod compare;
mod fixtures;
mod published;
mod untyped;
mod values;
