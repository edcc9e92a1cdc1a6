//! TLS with trusted and untrusted certificates.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use talkable_api::{Client, Error, TransportErrorKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::faults::Class;
use crate::{KEY, assert_discreet, found, secrets, settings, shown};

const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{\"ok\":true,\"result\":{\"name\":\"Jane\"}}";
const HALF: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n{\"ok\":true,\"result\":";

/// A server that replies to one request on each connection, and then closes the connection without a TLS close notification.
struct Server {
    address: SocketAddr,
    certificate: reqwest::Certificate,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn start(name: &str, year: i32, response: &'static [u8]) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        let certificate = params.self_signed(&key).unwrap();
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that does not trust the certificate aborts the handshake.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = vec![0; 16 * 1024];
                let read = stream.read(&mut request).await.unwrap_or(0);
                if read > 0 {
                    assert!(String::from_utf8_lossy(&request[..read]).contains(&format!("Bearer {KEY}")));
                    counter.fetch_add(1, Ordering::SeqCst);
                    stream.write_all(response).await.unwrap();
                    stream.flush().await.unwrap();
                }
            }
        });
        Self { address, certificate: reqwest::Certificate::from_der(certificate.der()).unwrap(), requests }
    }

    fn client(&self, is_trusted: bool) -> Client {
        let builder = settings().base_url(format!("https://{}", self.address));
        if !is_trusted {
            return builder.build().unwrap();
        }
        let certificate = self.certificate.clone();
        let http = move || reqwest::Client::builder().tls_certs_only([certificate.clone()]);
        builder.http_client_builder(http).build().unwrap()
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn untrusted_servers_never_see_the_key() {
    secrets::begin();
    for (name, year, is_trusted) in
        [("127.0.0.1", 2100, false), ("127.0.0.2", 2100, true), ("another.test", 2100, true), ("127.0.0.1", 2000, true)]
    {
        let server = Server::start(name, year, GOOD).await;
        for class in Class::ALL {
            let error = class.call(&server.client(is_trusted)).await.unwrap_err();
            assert_discreet(&error);
            let Error::Transport(error) = error else { panic!("{name}, {year}: {error:?}") };
            assert_eq!(
                (error.kind(), error.info().attempts()),
                (TransportErrorKind::Connect, 3),
                "{name}, {year}, {class:?}"
            );
            assert!(!error.info().maybe_processed(), "{name}, {year}, {class:?}");
        }
        assert_eq!(server.requests(), 0, "{name}, {year}");
    }
    secrets::check();
}

/// `cargo xtask check features` also runs this test with the `native-tls` feature, which another crate may enable in reqwest.
#[cfg(feature = "rustls")]
#[tokio::test]
async fn uses_rustls_if_reqwest_also_has_native_tls() {
    let server = Server::start("127.0.0.1", 2100, GOOD).await;
    let text = shown(&Class::SafeGet.call(&server.client(false)).await.unwrap_err());
    assert!(text.contains("invalid peer certificate: UnknownIssuer"), "not an error of rustls: {text}");
}

#[tokio::test]
async fn trusted_servers_get_one_request() {
    secrets::begin();
    for class in Class::ALL {
        let server = Server::start("127.0.0.1", 2100, GOOD).await;
        let response = class.call(&server.client(true)).response().await.unwrap();
        assert_eq!((response.value, response.info.attempts(), server.requests()), (found(), 1, 1), "{class:?}");
    }
    secrets::check();
}

#[tokio::test]
async fn a_truncated_tls_response_is_an_interruption() {
    secrets::begin();
    for (class, attempts) in Class::ALL.into_iter().zip([3, 3, 1]) {
        let server = Server::start("127.0.0.1", 2100, HALF).await;
        let error = class.call(&server.client(true)).await.unwrap_err();
        assert_discreet(&error);
        let Error::Transport(error) = error else { panic!("{class:?}: {error:?}") };
        assert_eq!((error.kind(), error.info().attempts()), (TransportErrorKind::Interrupted, attempts), "{class:?}");
        assert!(error.info().maybe_processed() && server.requests() == usize::try_from(attempts).unwrap(), "{class:?}");
    }
    secrets::check();
}
