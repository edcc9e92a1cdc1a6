//! Runs the program with its own environment, and compares its output with golden files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use talkable_cli::Session;
use talkable_sandbox::Sandbox;

/// The output of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) exit: u8,
    pub(crate) output: String,
    pub(crate) errors: String,
}

/// The environment of a run, including its streams.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) input: String,
    /// The width of the terminal, or `None` in a pipe.
    pub(crate) terminal: Option<usize>,
}

impl Environment {
    /// The environment of a user of the sandbox.
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let mut environment = Self::default();
        environment.set("TALKABLE_API_KEY", sandbox.api_key());
        environment.set("TALKABLE_SITE_SLUG", sandbox.site_slug());
        environment.set("TALKABLE_BASE_URL", sandbox.url());
        environment.set("TZ", "EST5");
        environment
    }

    /// An environment with a configuration folder, but no key.
    pub(crate) fn configured(folder: &Path) -> Self {
        let mut environment = Self::default();
        environment.set("XDG_CONFIG_HOME", folder.to_str().expect("the path is UTF-8"));
        environment
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn on_terminal(mut self, width: usize) -> Self {
        self.terminal = Some(width);
        self
    }

    pub(crate) fn with_input(mut self, input: &str) -> Self {
        input.clone_into(&mut self.input);
        self
    }

    /// Runs a command line.
    pub(crate) async fn run(&self, line: &str) -> Run {
        let words = shlex::split(&line.replace("\\\n", " ")).expect("the command line is quoted correctly");
        self.run_words(words).await
    }

    pub(crate) async fn run_words(&self, words: Vec<String>) -> Run {
        let environment = self.clone();
        // The program starts a runtime of its own.
        let run = tokio::task::spawn_blocking(move || environment.run_now(words));
        run.await.expect("the program does not panic")
    }

    fn run_now(&self, words: Vec<String>) -> Run {
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        let exit = talkable_cli::run(
            words.into_iter().map(OsString::from),
            &mut Session {
                variable: &|name| self.variables.get(name).cloned(),
                input: &mut self.input.as_bytes(),
                output: &mut output,
                errors: &mut errors,
                is_input_terminal: false,
                is_output_terminal: self.terminal.is_some(),
                is_error_terminal: false,
                width: self.terminal,
            },
        );
        let text = |bytes| String::from_utf8(bytes).expect("the output is UTF-8");
        Run { exit, output: text(output), errors: text(errors) }
    }
}

impl Run {
    /// The output of a successful run.
    pub(crate) fn succeeded(self) -> String {
        assert_eq!((self.exit, self.errors.as_str()), (0, ""), "{}", self.output);
        self.output
    }
}

/// Compares a text with a golden file. With `UPDATE_EXPECTED`, writes the file instead.
#[track_caller]
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = format!("{}/tests/golden/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&path, text).expect("the golden file can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name} differs; check it, and run the test with UPDATE_EXPECTED=1");
}

/// Starts a sandbox with a frozen clock.
pub(crate) async fn sandbox() -> Sandbox {
    let time = "2026-03-01T12:00:00Z".parse().expect("a time");
    let clock = talkable_sandbox::Clock::frozen_at(time);
    Sandbox::builder().clock(clock).record_calls().start().await.expect("the sandbox starts")
}
