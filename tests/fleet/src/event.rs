//! The events that a child process reports, one on each line of its standard output.

use std::time::Duration;

/// An event of a child process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The response to a request, which was a 429 or not.
    Response { is_refused: bool },
    /// A successful call.
    Called { caller: usize, duration: Duration },
    /// A failed call.
    Lost,
    /// The worker was elected.
    Elected,
    /// An operation of the store.
    Stored,
}

impl Event {
    pub(crate) fn report(self) {
        match self {
            Self::Response { is_refused } => println!("response {}", u8::from(is_refused)),
            Self::Called { caller, duration } => println!("called {caller} {}", duration.as_millis()),
            Self::Lost => println!("lost"),
            Self::Elected => println!("elected"),
            Self::Stored => println!("stored"),
        }
    }

    /// Parses a line. A killed process may end in the middle of a line.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        Some(match words[..] {
            ["response", refused] => Self::Response { is_refused: refused == "1" },
            ["called", caller, milliseconds] => {
                let duration = Duration::from_millis(milliseconds.parse().ok()?);
                Self::Called { caller: caller.parse().ok()?, duration }
            }
            ["lost"] => Self::Lost,
            ["elected"] => Self::Elected,
            ["stored"] => Self::Stored,
            _ => return None,
        })
    }
}
