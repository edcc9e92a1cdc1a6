//! Files for those who read them without a runtime.

use std::io::Read;
use std::mem::replace;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fs, io};

use bytes::Bytes;
use futures_core::Stream;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::request::Upload;

/// How much is read at a time.
const PIECE: usize = 64 * 1024;

impl Upload {
    /// A file from disk, read by this thread: what [`from_file`](Self::from_file) does, without a runtime.
    ///
    /// # Errors
    ///
    /// If the file can't be read.
    ///
    /// ```no_run
    /// # fn example() -> std::io::Result<()> {
    /// let upload = talkable_api::Upload::read_file("assets/logo.png")?;
    /// assert_eq!(upload.name(), "logo.png");
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path)?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self::from_bytes(name.to_string_lossy(), bytes))
    }

    /// A file that is read piece by piece while it is sent, with its length if that is known beforehand.
    ///
    /// A reader can be read only once, so such a call is sent only once, even if it is refused with a 429.
    ///
    /// ```no_run
    /// # fn example() -> std::io::Result<()> {
    /// use std::fs::File;
    /// use talkable_api::Upload;
    ///
    /// let file = File::open("video.mp4")?;
    /// let length = file.metadata()?.len();
    /// let upload = Upload::from_reader("video.mp4", file, Some(length));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_reader(name: impl Into<String>, reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        Self::from_stream(name, Pieces::Idle(Box::new(reader)), length)
    }
}

type Reader = Box<dyn Read + Send>;

/// A reader as a stream. It is read where blocking is allowed, so that it holds up nothing but its own call.
enum Pieces {
    Idle(Reader),
    Reading(JoinHandle<io::Result<(Bytes, Reader)>>),
    Ended,
}

impl Stream for Pieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let mut reading = match replace(&mut *self, Self::Ended) {
            Self::Idle(reader) => spawn_blocking(|| read(reader)),
            Self::Reading(reading) => reading,
            Self::Ended => return Poll::Ready(None),
        };
        let Poll::Ready(read) = Pin::new(&mut reading).poll(context) else {
            *self = Self::Reading(reading);
            return Poll::Pending;
        };
        Poll::Ready(match read.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
            Ok((bytes, _)) if bytes.is_empty() => None,
            Ok((bytes, reader)) => {
                *self = Self::Idle(reader);
                Some(Ok(bytes))
            }
            Err(error) => Some(Err(error)),
        })
    }
}

fn read(mut reader: Reader) -> io::Result<(Bytes, Reader)> {
    let mut piece = Vec::with_capacity(PIECE);
    reader.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
    Ok((piece.into(), reader))
}
