//! A proxy between a client and PostgreSQL, which loses the reply to a statement.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// The statement whose reply is lost: its text, and how many of them pass before.
#[derive(Debug)]
struct Target {
    text: String,
    remaining: u32,
}

/// A running proxy. It closes the connection after the server has executed the statement.
#[derive(Clone)]
pub(crate) struct Proxy {
    port: u16,
    target: Arc<Mutex<Option<Target>>>,
}

impl Proxy {
    /// Starts a proxy for the server of a URL.
    pub(crate) async fn start(location: &str) -> Self {
        let server = location.split(['@', '/']).nth(3).unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), target: Arc::default() };
        let own = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                own.connect(client, server);
            }
        });
        proxy
    }

    /// The URL of a database with the address of the proxy.
    pub(crate) fn location(&self, location: &str) -> String {
        let (scheme, rest) = location.split_once('@').unwrap();
        let (_, path) = rest.split_once('/').unwrap();
        format!("{scheme}@127.0.0.1:{}/{path}&sslmode=disable", self.port)
    }

    /// Loses the reply to a statement that contains a text, after the given number of them.
    pub(crate) fn lose(&self, text: &str, after: u32) {
        *self.target.lock().unwrap() = Some(Target { text: text.to_owned(), remaining: after });
    }

    /// Whether the reply was lost.
    pub(crate) fn has_lost(&self) -> bool {
        self.target.lock().unwrap().is_none()
    }

    fn connect(&self, client: TcpStream, server: TcpStream) {
        let (client_read, client_write) = client.into_split();
        let (server_read, server_write) = server.into_split();
        let is_muted = Arc::new(AtomicBool::new(false));
        let replies = tokio::spawn(forward_replies(server_read, client_write, Arc::clone(&is_muted)));
        let target = Arc::clone(&self.target);
        tokio::spawn(async move {
            let _ = forward_requests(client_read, server_write, &target, &is_muted).await;
            // A connection ends in both directions, or after the lost reply.
            if !is_muted.load(Ordering::SeqCst) {
                replies.abort();
            }
        });
    }
}

/// Forwards replies. When it is muted, it reads until the server is ready for the next statement, and closes the connection.
async fn forward_replies(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, is_muted: Arc<AtomicBool>) {
    let mut buffer = [0; 8192];
    loop {
        let Ok(length @ 1..) = server.read(&mut buffer).await else { return };
        if is_muted.load(Ordering::SeqCst) {
            if buffer[..length].windows(5).any(|message| message == b"Z\0\0\0\x05") {
                return;
            }
        } else if client.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

async fn forward_requests(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    target: &Mutex<Option<Target>>,
    is_muted: &AtomicBool,
) -> std::io::Result<()> {
    let length = client.read_u32().await?;
    let startup = read(&mut client, length).await?;
    server.write_all(&[&length.to_be_bytes(), &*startup].concat()).await?;
    // The names of the prepared statements that contain the text.
    let mut names = HashSet::new();
    loop {
        let kind = client.read_u8().await?;
        let length = client.read_u32().await?;
        let body = read(&mut client, length).await?;
        if is_target(kind, &body, &mut names, target) {
            is_muted.store(true, Ordering::SeqCst);
        }
        server.write_all(&[&[kind], &length.to_be_bytes()[..], &body].concat()).await?;
    }
}

/// Reads the rest of a message, whose length includes itself.
async fn read(client: &mut OwnedReadHalf, length: u32) -> std::io::Result<Vec<u8>> {
    let mut body = vec![0; usize::try_from(length).unwrap() - 4];
    client.read_exact(&mut body).await?;
    Ok(body)
}

/// Whether a message executes the statement whose reply is lost.
fn is_target(kind: u8, body: &[u8], names: &mut HashSet<Vec<u8>>, target: &Mutex<Option<Target>>) -> bool {
    let mut lock = target.lock().unwrap();
    let Some(target) = &mut *lock else { return false };
    let mut parts = body.split(|byte| *byte == 0);
    let first = parts.next().unwrap_or_default();
    let second = parts.next().unwrap_or_default();
    let has_text = |text: &[u8]| String::from_utf8_lossy(text).contains(&target.text);
    let is_executed = match kind {
        b'Q' => has_text(first),
        b'P' if has_text(second) => {
            names.insert(first.to_vec());
            false
        }
        b'B' => names.contains(second),
        _ => false,
    };
    if !is_executed {
        return false;
    }
    if target.remaining == 0 {
        *lock = None;
        return true;
    }
    target.remaining -= 1;
    false
}
