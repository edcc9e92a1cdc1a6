//! A server that rolls dice over each request. It has a thread and a runtime of its own.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::dice::{Dice, Fate};

/// It runs until the process ends.
pub(crate) struct Server {
    url: String,
    ledger: Arc<Vec<AtomicUsize>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(calls: usize, dice: Dice) -> Self {
        let ledger: Arc<Vec<AtomicUsize>> = Arc::new((0..calls).map(|_| AtomicUsize::new(0)).collect());
        let connections = Arc::new(AtomicUsize::new(0));
        let (give, take) = mpsc::channel();
        let (asked, open) = (Arc::clone(&ledger), Arc::clone(&connections));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                give.send(format!("http://{}", listener.local_addr().unwrap())).unwrap();
                loop {
                    let (stream, _) = listener.accept().await.unwrap();
                    open.fetch_add(1, Ordering::SeqCst);
                    let (asked, open) = (Arc::clone(&asked), Arc::clone(&open));
                    tokio::spawn(async move {
                        // It is over when the client says so, or when the dice do.
                        let _ = serve(stream, &asked, dice).await;
                        open.fetch_sub(1, Ordering::SeqCst);
                    });
                }
            });
        });
        Self { url: take.recv().unwrap(), ledger, connections }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How often it was asked for each call.
    pub(crate) fn ledger(&self) -> Arc<Vec<AtomicUsize>> {
        Arc::clone(&self.ledger)
    }

    pub(crate) fn asked(&self, id: usize) -> usize {
        self.ledger[id].load(Ordering::SeqCst)
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, ledger: &[AtomicUsize], dice: Dice) -> io::Result<()> {
    let mut buffer = Vec::new();
    loop {
        let id = read(&mut stream, &mut buffer).await?;
        let before = ledger[id].fetch_add(1, Ordering::SeqCst);
        let fate = dice.roll(id, before);
        match fate {
            Fate::Good(id) => {
                let body = format!(r#"{{"ok":true,"result":{{"id":{id}}}}}"#);
                stream.write_all(&answer(200, &body)).await?;
            }
            Fate::Status(status) => {
                stream.write_all(&answer(status, "<html>No</html>")).await?;
            }
            Fate::Break | Fate::Stall => {
                if !dice.is_early(id, before) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true,").await?;
                }
                if fate == Fate::Break {
                    // A reset would overtake what was just written.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    return stream.set_zero_linger();
                }
                while stream.read(&mut [0; 1024]).await? > 0 {}
                return Ok(());
            }
        }
    }
}

fn answer(status: u16, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Reads one request, and gives the number at the end of its path.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<usize> {
    loop {
        let end = buffer.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let end = end + length.unwrap_or(0_usize);
            if buffer.len() >= end {
                buffer.drain(..end);
                let path = head.split([' ', '?']).nth(1).unwrap();
                return Ok(path.rsplit('/').next().unwrap().parse().unwrap());
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
