//! The environment, the terminal and the streams of a command. Tests replace all of them.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Read, Write};
use std::path::PathBuf;

use jiff::tz::TimeZone;

/// The environment, the terminal and the streams of a command.
pub struct Session<'a> {
    /// Looks up an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Standard input.
    pub input: &'a mut dyn Read,
    /// Standard output.
    pub output: &'a mut dyn Write,
    /// Standard error.
    pub errors: &'a mut dyn Write,
    /// Whether standard input is a terminal, so that the user can answer questions.
    pub is_input_terminal: bool,
    /// Whether standard output is a terminal. If so, the default format is a table.
    pub is_output_terminal: bool,
    /// Whether standard error is a terminal. If so, imports show a progress bar.
    pub is_error_terminal: bool,
    /// The number of columns of the terminal.
    pub width: Option<usize>,
}

impl std::fmt::Debug for Session<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").finish_non_exhaustive()
    }
}

/// The width of help in a pipe, and its maximum width on a terminal.
const HELP_WIDTH: usize = 100;

impl Session<'_> {
    /// Runs `action` with the environment and the streams of the process.
    pub fn of_process<T>(action: impl FnOnce(&mut Session<'_>) -> T) -> T {
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let (input, output, errors) = (io::stdin(), io::stdout(), io::stderr());
        action(&mut Session {
            variable: &|name| std::env::var_os(name).map(OsString::into_string).and_then(Result::ok),
            is_input_terminal: input.is_terminal(),
            is_output_terminal: output.is_terminal(),
            is_error_terminal: errors.is_terminal(),
            input: &mut input.lock(),
            output: &mut output.lock(),
            errors: &mut errors.lock(),
            width,
        })
    }

    /// Returns an environment variable, unless it is empty.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// Whether errors are colored: on a terminal, unless `NO_COLOR` is set or `TERM` is `dumb`.
    pub(crate) fn colors_errors(&self) -> bool {
        self.is_error_terminal && self.allows_colors()
    }

    /// Whether help is colored.
    pub(crate) fn colors_output(&self) -> bool {
        self.is_output_terminal && self.allows_colors()
    }

    fn allows_colors(&self) -> bool {
        self.variable("NO_COLOR").is_none() && self.variable("TERM").is_none_or(|terminal| terminal != "dumb")
    }

    /// The width to which help is wrapped.
    pub(crate) fn help_width(&self) -> usize {
        self.width.filter(|_| self.is_output_terminal).map_or(HELP_WIDTH, |width| width.clamp(40, HELP_WIDTH))
    }

    /// The time zone of the times in tables: that of `TZ`, or else the system's.
    pub(crate) fn time_zone(&self) -> TimeZone {
        let name = self.variable("TZ");
        let given = name.and_then(|name| {
            let name = name.trim_start_matches(':');
            TimeZone::get(name).or_else(|_| TimeZone::posix(name)).ok()
        });
        given.unwrap_or_else(TimeZone::system)
    }

    /// The folder of the configuration: `$XDG_CONFIG_HOME/talkable`, `%APPDATA%\talkable` or `~/.config/talkable`.
    pub(crate) fn config_folder(&self) -> Option<PathBuf> {
        let absolute = |name| self.variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = absolute("XDG_CONFIG_HOME").or_else(|| absolute("APPDATA"));
        let base = base.or_else(|| absolute("HOME").map(|home| home.join(".config")))?;
        Some(base.join("talkable"))
    }
}
