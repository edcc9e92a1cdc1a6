//! A server on threads of its own that answers each request by what it says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use talkable_api::Client;

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `POST /path?query HTTP/1.1`
    pub(crate) line: String,
    pub(crate) body: String,
}

type Judge = dyn Fn(&Seen) -> (u16, String) + Send + Sync;

/// Its threads end with the connections, and the one that listens with the tests.
pub(crate) struct Server {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    pub(crate) fn start(judge: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, judge): (_, Arc<Judge>) = (Arc::new(Mutex::new(Vec::new())), Arc::new(judge));
        let all = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (judge, seen) = (Arc::clone(&judge), Arc::clone(&all));
                thread::spawn(move || converse(&stream, &*judge, &seen));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn client(&self) -> Client {
        Client::builder().api_key("sesame-0123456789").site_slug("my-store").base_url(&self.url).build().unwrap()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn converse(stream: &TcpStream, judge: &Judge, seen: &Mutex<Vec<Seen>>) -> Option<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    loop {
        let request = read(&mut reader)?;
        seen.lock().unwrap().push(request.clone());
        let (status, body) = judge(&request);
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {length}");
        writer.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).ok()?;
    }
}

fn read(reader: &mut BufReader<&TcpStream>) -> Option<Seen> {
    let (mut first, mut length, mut is_chunked) = (None, 0, false);
    loop {
        let line = read_line(reader)?;
        let lower = line.to_ascii_lowercase();
        if line.is_empty() {
            let body = if is_chunked { chunked(reader)? } else { exactly(reader, length)? };
            return Some(Seen { line: first?, body: String::from_utf8_lossy(&body).into_owned() });
        }
        if let Some(value) = lower.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
        is_chunked |= lower == "transfer-encoding: chunked";
        first.get_or_insert(line);
    }
}

fn chunked(reader: &mut BufReader<&TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let length = usize::from_str_radix(&read_line(reader)?, 16).ok()?;
        body.append(&mut exactly(reader, length)?);
        read_line(reader)?;
        if length == 0 {
            return Some(body);
        }
    }
}

fn read_line(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = reader.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

fn exactly(reader: &mut BufReader<&TcpStream>, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
