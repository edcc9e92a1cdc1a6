//! Arguments whose value can be in a file or on standard input.

use std::fs;
use std::io::Read as _;

use crate::failure::{Failure, Result};
use crate::session::Session;

/// The maximum size of a JSON document.
const MAX_BYTES: u64 = 64 << 20;

/// Returns the value of an argument: the contents of a file for `@FILE`, standard input for `-`, and otherwise the argument itself.
pub(crate) fn text(argument: &str, name: &str, session: &mut Session<'_>) -> Result<String> {
    let mut text = String::new();
    let read = match argument.strip_prefix('@') {
        None if argument == "-" => session.input.take(MAX_BYTES).read_to_string(&mut text),
        None => return Ok(argument.to_owned()),
        Some(path) => fs::File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text)),
    };
    let source = argument.strip_prefix('@').unwrap_or("standard input");
    read.map_err(|error| Failure::usage(format!("invalid {name}: could not read {source}: {error}")))?;
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}
