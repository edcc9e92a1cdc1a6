//! Assets: files that were uploaded.

use bytes::Bytes;
use chrono::{DateTime, FixedOffset};

/// A file that was uploaded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Asset {
    /// The number of the record.
    pub id: u64,
    /// The name of the file.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// What is in it.
    pub content: Bytes,
    /// Width and height, if it is a picture.
    pub size: Option<(usize, usize)>,
    /// What tells this content from others.
    pub fingerprint: String,
    /// When it was uploaded.
    pub created_at: DateTime<FixedOffset>,
}
