//! The arguments of a method, except for the request body.

use std::fmt;

use serde_json::{Map, Value};

use super::Type;

/// A path argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathArgument {
    /// The Rust name.
    pub name: String,
    /// The type: a string, an integer or an enum.
    pub ty: Type,
    /// The description from the document.
    pub doc: Option<String>,
    /// The example from the document.
    pub example: Option<Value>,
}

/// The examples from the document of the arguments that are not part of the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallExample {
    /// The query parameters, by name.
    pub query: Map<String, Value>,
    /// The JSON body.
    pub body: Option<Value>,
}

/// A header parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name of the header.
    pub name: String,
    /// The source of the value.
    pub source: HeaderSource,
    /// The description from the document.
    pub doc: Option<String>,
}

/// The source of a header's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderSource {
    /// A method argument: a string, an integer or a boolean.
    Argument {
        /// The Rust name.
        name: String,
        /// The type.
        ty: Type,
    },
    /// The only value that the API accepts.
    Constant(String),
    /// The caller, who can add the header to the call.
    Optional,
}

/// How a query parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryStyle {
    /// `form` with `explode: true`: each property of an object is a parameter.
    Exploded,
    /// `form`, `spaceDelimited` or `pipeDelimited` with `explode: false`: the items of a list are joined with this percent-encoded
    /// separator.
    Joined(&'static str),
    /// `deepObject`: `name[key]=value`.
    Nested,
    /// `content` instead of a style: the value is JSON.
    Json,
}

/// Writes the name of the style for reports.
impl fmt::Display for QueryStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exploded => "exploded",
            Self::Joined(",") => "comma-separated",
            Self::Joined("%20") => "space-separated",
            Self::Joined(_) => "pipe-separated",
            Self::Nested => "deepObject",
            Self::Json => "JSON",
        })
    }
}
