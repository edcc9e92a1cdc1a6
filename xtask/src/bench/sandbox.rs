//! Measures the throughput and the memory of the sandbox in release mode, with its log off and on.
//!
//! Both sandboxes run at the same time, and take turns serving the same requests. The ratio of their medians is more stable than
//! the number of requests per second, which includes the cost of sending them from the same machine. The requests are written by
//! hand because ureq needs about 1.7 times the processor time per request, which would hide part of a difference.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::median;
use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, Sandbox, peak_megabytes_of};
use crate::workspace::create_folder;

const CONNECTIONS: usize = 64;

/// The number of rounds. It is odd, so that the median is the result of one round.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(2);

pub(super) fn run(context: &mut Context<'_>) -> Result {
    super::warn_of_debug_build(context)?;
    let cargo = Cargo::new(context.root);
    cargo.run(&["build", "--quiet", "--release", "--package", "talkable-sandbox"])?;
    let target = super::target(context);
    create_folder(&target)?;
    let path = target.join("sandbox.log");
    let log = File::create(&path).map_err(Failure::io(&path.display().to_string(), "cannot be written"))?;
    let program = || cargo.program("release", "talkable-sandbox");
    let quiet = Sandbox::start(&mut program())?;
    let logging = Sandbox::start(program().args(["--log", "info"]).stderr(log))?;

    let (mut off, mut on) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        off.push(requests_per_second(&quiet)?);
        on.push(requests_per_second(&logging)?);
    }
    let (off, on) = (median(off), median(on));
    writeln!(context.out, "log   requests/s  ratio  peak megabytes")?;
    for (name, rate, sandbox) in [("off", off, &quiet), ("on", on, &logging)] {
        let megabytes = peak_megabytes_of(&sandbox.server.id().to_string());
        writeln!(context.out, "{name:<5} {rate:>10.0} {:>6.2} {megabytes:>15.0}", rate / off)?;
    }
    Ok(())
}

/// Sends requests over all connections for the duration of a round, and returns the number of requests per second.
fn requests_per_second(sandbox: &Sandbox) -> Result<f64> {
    let address = sandbox.address.trim_start_matches("http://");
    let request = format!(
        "GET /api/v2/people/jane@example.com?site_slug=my-store HTTP/1.1\r\n\
         Host: {address}\r\nAuthorization: Bearer {}\r\n\r\n",
        sandbox.key
    );
    let end = Instant::now() + ROUND;
    let counts: io::Result<Vec<u32>> = thread::scope(|scope| {
        let start = |_| scope.spawn(|| send_until(end, address, request.as_bytes()));
        let connections: Vec<_> = (0..CONNECTIONS).map(start).collect();
        let panicked = |_| Err(io::Error::other("a thread panicked"));
        connections.into_iter().map(|connection| connection.join().unwrap_or_else(panicked)).collect()
    });
    let counts = counts.map_err(Failure::io("the sandbox", "does not respond as expected"))?;
    Ok(counts.into_iter().map(f64::from).sum::<f64>() / ROUND.as_secs_f64())
}

/// Sends requests one after another over one connection. Returns their number.
fn send_until(end: Instant, address: &str, request: &[u8]) -> io::Result<u32> {
    let mut connection = BufReader::new(TcpStream::connect(address)?);
    connection.get_ref().set_nodelay(true)?;
    let mut count = 0;
    while Instant::now() < end {
        connection.get_mut().write_all(request)?;
        read_response(&mut connection)?;
        count += 1;
    }
    Ok(count)
}

/// Reads a response, which must have the status 200 and a `Content-Length`.
fn read_response(connection: &mut impl BufRead) -> io::Result<()> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    if !line.starts_with("HTTP/1.1 200 ") {
        return Err(io::Error::other(format!("the status is {line:?}")));
    }
    let mut length = 0;
    while line != "\r\n" {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
    }
    let read = io::copy(&mut connection.take(length), &mut io::sink())?;
    if read == length { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_response_after_another() {
        let mut bytes = &b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 429 Too Many Requests\r\n\r\n"[..];
        assert!(read_response(&mut bytes).is_ok());
        let error = read_response(&mut bytes).unwrap_err().to_string();
        assert!(error.contains("429"), "{error}");
        assert!(read_response(&mut &b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"[..]).is_err());
        assert!(read_response(&mut &b"HTTP/1.1 200 OK\r\n"[..]).is_err());
    }
}
