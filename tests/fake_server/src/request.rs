//! Reads requests from a connection.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// A complete request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request line without the version: `GET /path?query`.
    pub line: String,
    /// The request line and the headers, including line breaks.
    pub head: String,
    /// The body, without chunk framing.
    pub body: String,
}

impl Request {
    /// Returns the target: `/path?query`.
    pub fn target(&self) -> &str {
        self.line.split_once(' ').map_or("", |(_, target)| target)
    }

    /// Returns all values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }
}

/// Reads one request and keeps any further bytes in the buffer. Returns `None` if the connection is closed.
pub(crate) async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Request> {
    let head = read_until(stream, buffer, b"\r\n\r\n").await?;
    let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let mut request = Request { line, head, body: String::new() };
    let body = if request.header("transfer-encoding") == ["chunked"] {
        read_chunks(stream, buffer).await?
    } else {
        let length = request.header("content-length").first().and_then(|length| length.parse().ok());
        read_exactly(stream, buffer, length.unwrap_or_default()).await?
    };
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}

async fn read_chunks(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(read_until(stream, buffer, b"\r\n").await?.trim_end(), 16).ok()?;
        body.append(&mut read_exactly(stream, buffer, length).await?);
        read_until(stream, buffer, b"\r\n").await?;
        if length == 0 {
            return Some(body);
        }
    }
}

async fn read_until(stream: &mut TcpStream, buffer: &mut Vec<u8>, end: &[u8]) -> Option<String> {
    loop {
        if let Some(at) = buffer.windows(end.len()).position(|window| window == end) {
            let text = buffer.drain(..at + end.len()).collect::<Vec<_>>();
            return Some(String::from_utf8_lossy(&text).into_owned());
        }
        fill(stream, buffer).await?;
    }
}

async fn read_exactly(stream: &mut TcpStream, buffer: &mut Vec<u8>, length: usize) -> Option<Vec<u8>> {
    while buffer.len() < length {
        fill(stream, buffer).await?;
    }
    Some(buffer.drain(..length).collect())
}

async fn fill(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<()> {
    matches!(stream.read_buf(buffer).await, Ok(1..)).then_some(())
}
