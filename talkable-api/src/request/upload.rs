//! File uploads from memory, from disk, or from a stream.

use std::fmt;
use std::path::Path;

use bytes::Bytes;
use futures_core::Stream;
use reqwest::Body;
use reqwest::multipart::Part;

use crate::error::InvalidError;

/// The content types of files used in campaigns, by file extension. Other files default to `application/octet-stream`.
const TYPES: &[(&str, &str)] = &[
    ("css", "text/css"),
    ("gif", "image/gif"),
    ("html", "text/html"),
    ("ico", "image/x-icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("mp4", "video/mp4"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
];

/// A file to upload.
///
/// If an operation sends a file as its whole body, the name is not sent, and bytes and strings can be passed directly.
#[must_use]
pub struct Upload {
    name: String,
    content_type: String,
    content: Content,
}

enum Content {
    Bytes(Bytes),
    /// The stream, or `None` after the first attempt, and the length of the stream if it is known.
    Stream(Option<Body>, Option<u64>),
}

impl Upload {
    /// Creates an upload from bytes in memory.
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(name.into(), Content::Bytes(bytes.into()))
    }

    /// Reads a file from disk into memory. For large files, use [`from_stream`](Self::from_stream). Dropping the future has no
    /// effect on the file.
    ///
    /// # Errors
    ///
    /// If the file can't be read.
    pub async fn from_file(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        let bytes = tokio::fs::read(path).await?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self::from_bytes(name.to_string_lossy(), bytes))
    }

    /// Creates an upload from a stream. Pass the length of the stream in bytes if it is known.
    ///
    /// A stream can be read only once, so the call is never retried, not even after a 429. The
    /// [`timeout`](crate::Call::timeout) covers the whole upload.
    pub fn from_stream<S, B, E>(name: impl Into<String>, stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: 'static,
        Bytes: From<B>,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        Self::new(name.into(), Content::Stream(Some(Body::wrap_stream(stream)), length))
    }

    /// Replaces the name of the file. If the content type is the one derived from the old name, it is derived again from the new
    /// name.
    pub fn named(self, name: impl Into<String>) -> Self {
        let is_derived = self.content_type == content_type(&self.name);
        let name = name.into();
        let content_type = if is_derived { content_type(&name).to_owned() } else { self.content_type };
        Self { name, content_type, ..self }
    }

    /// Sets the content type. By default, it is derived from the file extension.
    pub fn with_content_type(self, content_type: impl Into<String>) -> Self {
        Self { content_type: content_type.into(), ..self }
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The content type of the file.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    fn new(name: String, content: Content) -> Self {
        Self { content_type: content_type(&name).to_owned(), name, content }
    }

    /// Validates the name and the content type of a part.
    pub(crate) fn check(&self) -> Result<(), InvalidError> {
        if self.name.is_empty() {
            return Err(InvalidError::new("file", "the name must not be empty"));
        }
        // Control characters have no standard escape in multipart headers, and a line break would start another header.
        if self.name.chars().any(char::is_control) {
            return Err(InvalidError::new("file", "the name must not contain control characters"));
        }
        let invalid = |_| InvalidError::new("file", "malformed content type");
        Part::text("").mime_str(&self.content_type).map(drop).map_err(invalid)
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self.content, Content::Bytes(_))
    }

    /// Returns the content for one attempt, and its length if it is known.
    pub(crate) fn content(&mut self) -> (Body, Option<u64>) {
        match &mut self.content {
            Content::Bytes(bytes) => (Body::from(bytes.clone()), u64::try_from(bytes.len()).ok()),
            Content::Stream(body, length) => (body.take().unwrap_or_default(), *length),
        }
    }

    /// Builds the part for one attempt.
    pub(crate) fn part(&mut self) -> Part {
        let (body, length) = self.content();
        let part = match length {
            Some(length) => Part::stream_with_length(body, length),
            None => Part::stream(body),
        };
        let part = part.file_name(self.name.clone());
        // The fallback is never used, because `check` has already validated the content type.
        part.mime_str(&self.content_type).unwrap_or_else(|_| Part::text(""))
    }
}

/// Returns the content type for a file name.
fn content_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    let known = TYPES.iter().find(|(known, _)| *known == extension);
    known.map_or("application/octet-stream", |(_, content_type)| content_type)
}

/// Creates an upload without a name, for an operation whose whole body is a file.
macro_rules! from_content {
    ($($content:ty),+) => {
        $(impl From<$content> for Upload {
            fn from(content: $content) -> Self {
                Self::from_bytes("", content)
            }
        })+
    };
}

from_content!(Bytes, Vec<u8>, String, &'static [u8], &'static str);

impl fmt::Debug for Upload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Upload");
        shown.field("name", &self.name).field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_determines_the_content_type() {
        let check = |name: &str, expected| assert_eq!(Upload::from_bytes(name, "").content_type(), expected);
        check("logo.PNG", "image/png");
        check("archive.tar.gz", "application/octet-stream");
        check("png", "application/octet-stream");
    }

    #[test]
    fn a_new_name_changes_a_derived_content_type() {
        let upload = || Upload::from_bytes("tmp", "");
        assert_eq!(upload().named("a.png").content_type(), "image/png");
        assert_eq!(upload().with_content_type("image/gif").named("a.png").content_type(), "image/gif");
        assert_eq!(upload().named("a.png").name(), "a.png");
    }

    #[test]
    fn rejects_invalid_names_and_types() {
        assert!(Upload::from_bytes("", "x").check().is_err());
        assert!(Upload::from_bytes("a\nb", "x").check().is_err());
        assert!(Upload::from_bytes("a", "x").with_content_type("no\r\ntype").check().is_err());
        assert!(Upload::from_bytes("a", "x").check().is_ok());
    }
}
