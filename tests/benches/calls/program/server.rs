//! A server that does as little as can be done: every request is answered by what lies ready.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// How many rewards a list has.
pub(crate) const REWARDS: usize = 1_000;

const PERSON: &str = include_str!("../bodies/person.json");
const PURCHASE: &str = include_str!("../bodies/purchase.json");
const REWARD: &str = include_str!("../bodies/reward.json");

/// Serves on the loopback interface for as long as the process lives.
pub(crate) fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

/// Answers until the client closes the connection.
fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let answers = [
        ("GET /api/v2/people/", answer("200 OK", PERSON)),
        ("POST /api/v2/origins/purchase ", answer("201 Created", PURCHASE)),
        ("GET /api/v2/rewards?", answer("200 OK", &rewards())),
    ];
    let missing = answer("404 Not Found", r#"{"ok":false,"error_message":"There is no such page."}"#);
    let mut received = Vec::new();
    loop {
        let request = request(&mut stream, &mut received)?;
        let known = answers.iter().find(|(start, _)| request.starts_with(start.as_bytes()));
        stream.write_all(known.map_or(&missing, |(_, answer)| answer))?;
    }
}

/// Takes one request out of what was received, and receives until it is whole.
fn request(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    loop {
        if let Some(length) = length(received)
            && received.len() >= length
        {
            let rest = received.split_off(length);
            return Ok(std::mem::replace(received, rest));
        }
        let mut piece = [0; 16 * 1024];
        match stream.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => received.extend_from_slice(&piece[..count]),
        }
    }
}

/// The length of a request with its body, once its head is there.
fn length(received: &[u8]) -> Option<usize> {
    let head = received.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&received[..head]).to_ascii_lowercase();
    let body = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    Some(head + body.unwrap_or(0_usize))
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    let body = body.trim_end();
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {length}\r\n\
         x-request-id: 6f1c1c1e-0d3a-4b43-9f0e-5a5f6f1f7a10\r\n\r\n{body}"
    )
    .into_bytes()
}

fn rewards() -> String {
    let rewards = vec![REWARD.trim_end(); REWARDS].join(",");
    format!(r#"{{"ok":true,"result":{{"rewards":[{rewards}]}}}}"#)
}
