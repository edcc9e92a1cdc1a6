//! A TCP proxy that simulates an outage.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError, Weak};
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
    /// The sockets of the open connections. The threads that copy their data own them, so they are closed when a connection ends.
    open: Vec<Weak<TcpStream>>,
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
        for socket in connections.open.drain(..).filter_map(|socket| socket.upgrade()) {
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

fn forward(client: TcpStream, server: &str, connections: &Mutex<Connections>) -> io::Result<()> {
    let (client, server) = (Arc::new(client), Arc::new(TcpStream::connect(server)?));
    let mut connections = connections.lock().unwrap_or_else(PoisonError::into_inner);
    if connections.is_down {
        return Ok(());
    }
    connections.open.retain(|socket| socket.strong_count() > 0);
    connections.open.extend([&client, &server].map(Arc::downgrade));
    for (from, to) in [(Arc::clone(&client), Arc::clone(&server)), (server, client)] {
        thread::spawn(move || {
            let _ = io::copy(&mut &*from, &mut &*to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::time::Duration;

    use super::*;

    /// The number of sockets that the proxy holds open.
    fn open_sockets(proxy: &Proxy) -> usize {
        proxy.connections.lock().unwrap().open.iter().filter(|socket| socket.strong_count() > 0).count()
    }

    /// Connects to a server through the proxy. Returns both ends of the connection.
    fn connect(proxy: &Proxy, server: &TcpListener) -> (TcpStream, TcpStream) {
        let mut client = TcpStream::connect(proxy.address).unwrap();
        let (mut accepted, _) = server.accept().unwrap();
        client.write_all(b"a").unwrap();
        accepted.read_exact(&mut [0]).unwrap();
        (client, accepted)
    }

    #[test]
    fn closes_the_sockets_of_a_connection_that_has_ended() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::start(&server.local_addr().unwrap().to_string()).unwrap();
        let connection = connect(&proxy, &server);
        assert_eq!(open_sockets(&proxy), 2);
        drop(connection);
        let is_closed = (0..500).any(|_| {
            thread::sleep(Duration::from_millis(10));
            open_sockets(&proxy) == 0
        });
        assert!(is_closed, "the sockets are still open");
        let _connection = connect(&proxy, &server);
        assert_eq!(proxy.connections.lock().unwrap().open.len(), 2);
    }

    #[test]
    fn an_outage_closes_open_connections() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Proxy::start(&server.local_addr().unwrap().to_string()).unwrap();
        let (mut client, _accepted) = connect(&proxy, &server);
        proxy.set_down(true);
        assert_eq!(client.read(&mut [0]).unwrap_or_default(), 0);
    }
}
