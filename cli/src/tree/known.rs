//! Known values of an option, for help and completions. The parser accepts other values:
//! [`Problems`](crate::input::check::Problems) checks them, unless `--unchecked` is given.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::error::Error;
use clap::{Arg, Command};

use crate::operation::KnownValue;

#[derive(Clone)]
pub(crate) struct KnownValues(pub(crate) &'static [KnownValue]);

impl TypedValueParser for KnownValues {
    type Value = String;

    fn parse_ref(&self, command: &Command, argument: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |known: &KnownValue| {
            let value = PossibleValue::new(known.value);
            if known.help.is_empty() { value } else { value.help(known.help.trim_end_matches('.')) }
        };
        Some(Box::new(self.0.iter().map(value)))
    }
}
