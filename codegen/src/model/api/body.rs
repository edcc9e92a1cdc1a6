//! The bodies of requests.

/// The request body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// No body, or a body with only `site_slug` and files.
    #[default]
    None,
    /// `{"site_slug": …, "data": …}`.
    Data {
        /// The type of `data`.
        name: String,
        /// Whether `data` is optional.
        optional: bool,
    },
    /// A value of this type. If the body of the operation contains `site_slug`, the client adds it.
    Whole(String),
    /// A single file.
    File,
}

impl Body {
    /// Returns the type of the body argument, if any.
    #[must_use]
    pub fn type_name(&self) -> Option<&str> {
        match self {
            Self::Data { name, .. } | Self::Whole(name) => Some(name),
            Self::None | Self::File => None,
        }
    }
}

/// The format of a request body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyFormat {
    /// How the body is encoded.
    pub encoding: Encoding,
    /// The media type of the body, unless the encoding or the caller determines it.
    pub content_type: Option<String>,
    /// The styles of the form fields whose style is not the default, by name.
    pub styles: Vec<(String, FieldStyle)>,
}

/// How a request body is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// JSON, or a body that is a single file.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
}

/// How a form field is sent, if it isn't nested with bracketed keys as in Rails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldStyle {
    /// The value is sent as JSON.
    Json,
    /// Each item of a list is sent as a field with the name of the list.
    Repeated,
    /// The items of a list are joined with this separator and sent as one value.
    Joined(&'static str),
}

/// A file to upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileArgument {
    /// The Rust name.
    pub name: String,
    /// The name of the part.
    pub wire: String,
    /// The number of files.
    pub count: FileCount,
    /// The description from the document.
    pub doc: Option<String>,
}

/// The number of files in an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileCount {
    /// One file.
    One,
    /// No file or one file.
    Optional,
    /// Any number of files.
    Many,
}
