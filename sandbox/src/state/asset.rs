//! Uploaded files.

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};

/// An uploaded file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asset {
    /// The id of the asset.
    pub id: u64,
    /// The file name.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// The content of the file.
    pub content: Bytes,
    /// The width and height in pixels, if the file is an image.
    pub size: Option<(usize, usize)>,
    /// A hash of the content.
    pub fingerprint: String,
    /// The time of the upload.
    pub created_at: DateTime<FixedOffset>,
}
