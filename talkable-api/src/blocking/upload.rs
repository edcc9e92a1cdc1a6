//! Uploads from files and readers.

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

/// The size of the chunks in which a reader is read, in bytes.
const CHUNK: usize = 64 * 1024;

impl Upload {
    /// Reads a file from disk into memory, on the calling thread.
    ///
    /// # Errors
    ///
    /// If the file can't be read.
    pub fn read_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path)?;
        let name = path.file_name().unwrap_or(path.as_os_str());
        Ok(Self::from_bytes(name.to_string_lossy(), bytes))
    }

    /// Creates an upload from a reader, which is read in chunks during the upload. Pass the `length` in bytes if it is known.
    ///
    /// A reader can be read only once, so the call is never retried, not even after a 429.
    pub fn from_reader(name: impl Into<String>, reader: impl Read + Send + 'static, length: Option<u64>) -> Self {
        Self::from_stream(name, ReaderStream::Idle(Box::new(reader)), length)
    }
}

type Reader = Box<dyn Read + Send>;

/// A stream of chunks, read from a reader on Tokio's blocking thread pool.
enum ReaderStream {
    Idle(Reader),
    Reading(JoinHandle<io::Result<(Bytes, Reader)>>),
    Ended,
}

impl Stream for ReaderStream {
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
    let mut chunk = Vec::with_capacity(CHUNK);
    reader.by_ref().take(CHUNK as u64).read_to_end(&mut chunk)?;
    Ok((chunk.into(), reader))
}
