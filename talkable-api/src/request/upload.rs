//! A file to be sent: from memory, from disk, or from a stream.
//!
//! ```
//! use talkable_api::Upload;
//!
//! let upload = Upload::from_bytes("logo.svg", "<svg/>");
//! assert_eq!(upload.content_type(), "image/svg+xml");
//! ```

use std::fmt;
use std::path::Path;

use bytes::Bytes;
use futures_core::Stream;
use reqwest::Body;
use reqwest::multipart::{Form, Part};

use crate::error::InvalidError;

/// Types of the files that a campaign is made of. Everything else is sent as plain bytes unless the caller knows better.
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

/// A named file and its content.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// use talkable_api::Upload;
///
/// let upload = Upload::from_file("assets/logo.png").await?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub struct Upload {
    name: String,
    content_type: String,
    content: Content,
}

enum Content {
    Bytes(Bytes),
    /// Read once. It is gone after the first attempt.
    Stream(Option<Body>, Option<u64>),
}

impl Upload {
    /// A file from memory.
    ///
    /// ```
    /// let upload = talkable_api::Upload::from_bytes("logo.png", vec![0x89, b'P', b'N', b'G']);
    /// assert_eq!(upload.name(), "logo.png");
    /// ```
    pub fn from_bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(name.into(), Content::Bytes(bytes.into()))
    }

    /// A file from disk, named as it is there. It is read now and kept in memory; a large one is better off with
    /// [`from_stream`](Self::from_stream).
    ///
    /// # Errors
    ///
    /// If the file can't be read.
    ///
    /// ```no_run
    /// # async fn example() -> std::io::Result<()> {
    /// let upload = talkable_api::Upload::from_file("assets/logo.png").await?;
    /// assert_eq!(upload.name(), "logo.png");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn from_file(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        let bytes = tokio::fs::read(path).await?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self::from_bytes(name.to_string_lossy(), bytes))
    }

    /// A file that comes piece by piece, with its length if that is known beforehand.
    ///
    /// A stream can be read only once, so such a call is sent only once, even if it is refused with a 429. Its
    /// [`timeout`](crate::Call::timeout) is for all of it: 30 seconds unless set.
    ///
    /// ```
    /// # fn example<S>(stream: S) -> talkable_api::Upload
    /// # where S: futures_core::Stream<Item = std::io::Result<Vec<u8>>> + Send + 'static {
    /// talkable_api::Upload::from_stream("video.mp4", stream, Some(250_000_000))
    /// # }
    /// ```
    pub fn from_stream<S, B, E>(name: impl Into<String>, stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = Result<B, E>> + Send + 'static,
        B: 'static,
        Bytes: From<B>,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        Self::new(name.into(), Content::Stream(Some(Body::wrap_stream(stream)), length))
    }

    /// Says what the file holds, where its name doesn't.
    ///
    /// ```
    /// let upload = talkable_api::Upload::from_bytes("logo", "<svg/>").with_content_type("image/svg+xml");
    /// assert_eq!(upload.content_type(), "image/svg+xml");
    /// ```
    pub fn with_content_type(self, content_type: impl Into<String>) -> Self {
        Self { content_type: content_type.into(), ..self }
    }

    /// The name under which the file is sent.
    ///
    /// ```
    /// let upload = talkable_api::Upload::from_bytes("logo.png", "");
    /// assert_eq!(upload.name(), "logo.png");
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the file is sent as.
    ///
    /// ```
    /// let upload = talkable_api::Upload::from_bytes("logo.png", "");
    /// assert_eq!(upload.content_type(), "image/png");
    /// ```
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    fn new(name: String, content: Content) -> Self {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
        let known = TYPES.iter().find(|(known, _)| *known == extension);
        let content_type = known.map_or("application/octet-stream", |(_, content_type)| content_type).to_owned();
        Self { name, content_type, content }
    }

    /// Finds out beforehand what would fail while sending.
    pub(crate) fn check(&self) -> Result<(), InvalidError> {
        if self.name.is_empty() {
            return Err(InvalidError::new("file", "it has no name"));
        }
        // Multipart headers have no agreed way to write these, and a line break would start a header of its own.
        if self.name.chars().any(char::is_control) {
            return Err(InvalidError::new("file", "its name holds a line break or another control character"));
        }
        let unfit = |_| InvalidError::new("file", "its content type isn't one");
        Part::text("").mime_str(&self.content_type).map(drop).map_err(unfit)
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self.content, Content::Bytes(_))
    }

    /// The form for one attempt.
    pub(crate) fn form(&mut self, site: Option<&str>) -> Form {
        let (body, length) = match &mut self.content {
            Content::Bytes(bytes) => (Body::from(bytes.clone()), u64::try_from(bytes.len()).ok()),
            Content::Stream(body, length) => (body.take().unwrap_or_default(), *length),
        };
        let part = match length {
            Some(length) => Part::stream_with_length(body, length),
            None => Part::stream(body),
        };
        let part = part.file_name(self.name.clone());
        // The type has been checked; a part without one is the same to the server as one of plain bytes.
        let part = part.mime_str(&self.content_type).unwrap_or_else(|_| Part::text(""));
        let form = match site {
            Some(site) => Form::new().text("site_slug", site.to_owned()),
            None => Form::new(),
        };
        form.part("file", part)
    }
}

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
    fn types_follow_the_name_and_can_be_given() {
        let check = |name: &str, expected| assert_eq!(Upload::from_bytes(name, "").content_type(), expected);
        check("logo.PNG", "image/png");
        check("archive.tar.gz", "application/octet-stream");
        check("png", "application/octet-stream");
    }

    #[test]
    fn what_cannot_be_sent_is_found_beforehand() {
        assert!(Upload::from_bytes("", "x").check().is_err());
        assert!(Upload::from_bytes("a\nb", "x").check().is_err());
        assert!(Upload::from_bytes("a", "x").with_content_type("no\r\ntype").check().is_err());
        assert!(Upload::from_bytes("a", "x").check().is_ok());
    }
}
