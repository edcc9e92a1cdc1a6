//! The results of operations.

/// The result of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The name of the result type.
    pub name: String,
    /// How the result is read from a response.
    pub kind: OutputKind,
    /// The accepted media types, unless the only one is `application/json`.
    pub accept: Option<String>,
}

impl Output {
    /// Creates a JSON result.
    #[must_use]
    pub fn json(name: String, envelope: Envelope) -> Self {
        Self { name, kind: OutputKind::Json(envelope), accept: None }
    }

    /// Returns the envelope, if the result is JSON.
    #[must_use]
    pub fn envelope(&self) -> Option<Envelope> {
        match self.kind {
            OutputKind::Json(envelope) => Some(envelope),
            OutputKind::ByStatus | OutputKind::Download | OutputKind::Redirect => None,
        }
    }

    /// Returns whether the result type is generated. Otherwise, it is a type of the runtime.
    #[must_use]
    pub fn is_generated(&self) -> bool {
        !matches!(self.kind, OutputKind::Download | OutputKind::Redirect)
    }
}

/// How a result is read from a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// The body is JSON.
    Json(Envelope),
    /// The status selects a variant of an enum.
    ByStatus,
    /// The caller reads the body.
    Download,
    /// The result is the `Location` header.
    Redirect,
}

/// The envelope around a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// `{"ok": true, "result": …}`.
    Always,
    /// `{"ok": true, "result": …}`, where `result` may be absent, null or empty.
    OrDefault,
    /// No envelope.
    Bare,
}

impl Envelope {
    /// Returns the name of the runtime's function that decodes a result in this envelope.
    pub fn decoder(self) -> &'static str {
        match self {
            Self::Always => "enveloped",
            Self::OrDefault => "enveloped_or_default",
            Self::Bare => "whole_body",
        }
    }
}

/// A variant for a status, or for a range of statuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusVariant {
    /// The Rust name.
    pub name: String,
    /// The first and the last status.
    pub statuses: (u16, u16),
    /// The type of the result and its envelope, unless the response has no body.
    pub value: Option<(String, Envelope)>,
}
