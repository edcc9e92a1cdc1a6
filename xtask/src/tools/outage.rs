//! A TCP proxy that simulates an outage.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::command::{Failure, Result};

/// A proxy in front of a server. During an outage, it closes all connections.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    connections: Arc<Mutex<Connections>>,
}

#[derive(Default)]
struct Connections {
    is_down: bool,
    open: Vec<TcpStream>,
}

impl Proxy {
    /// Starts a proxy for a server at an address such as `127.0.0.1:80`. Its threads run until the program exits.
    pub(crate) fn start(server: &str) -> Result<Self> {
        let failed = || Failure::io("the proxy", "cannot be started");
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failed())?;
        let address = listener.local_addr().map_err(failed())?;
        let connections = Arc::<Mutex<Connections>>::default();
        let (server, shared) = (server.to_owned(), Arc::clone(&connections));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A connection that can't be forwarded is closed.
                let _ = forward(client, &server, &shared);
            }
        });
        Ok(Self { address, connections })
    }

    /// Begins or ends an outage.
    pub(crate) fn set_down(&self, is_down: bool) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        connections.is_down = is_down;
        for connection in connections.open.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn forward(client: TcpStream, server: &str, connections: &Mutex<Connections>) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    let mut connections = connections.lock().unwrap_or_else(PoisonError::into_inner);
    if connections.is_down {
        return Ok(());
    }
    for (mut from, mut to) in [(client.try_clone()?, server.try_clone()?), (server.try_clone()?, client.try_clone()?)] {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    connections.open.extend([client, server]);
    Ok(())
}
