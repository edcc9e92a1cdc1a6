//! A fake API that records which calls it processed.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_server::{Reply, Request, Server, json};

/// The calls that the API processed, in order: `create ORDER`, `refund ORDER` and `update PERSON`.
#[derive(Clone, Default)]
pub(crate) struct Processed(Arc<Mutex<Vec<String>>>);

impl Processed {
    pub(crate) fn list(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub(crate) fn add(&self, request: &Request) {
        // A read, with which a worker checks whether the site is available.
        if request.line.starts_with("GET") {
            return;
        }
        self.0.lock().unwrap().push(name(request));
    }

    /// The calls that were processed more than once.
    pub(crate) fn twice(&self) -> Vec<String> {
        let mut counts = HashMap::new();
        for call in self.list() {
            *counts.entry(call).or_insert(0) += 1;
        }
        counts.into_iter().filter(|(_, count)| *count > 1).map(|(call, _)| call).collect()
    }
}

/// The call of a request.
pub(crate) fn name(request: &Request) -> String {
    let path = request.target().split('?').next().unwrap_or_default();
    let mut parts = path.trim_start_matches("/api/v2/").split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("origins"), Some(order), Some("refund")) => format!("refund {order}"),
        (Some("people"), Some(person), _) => format!("update {}", person.replace("%40", "@")),
        _ => {
            let order = request.body.split("\"order_number\":\"").nth(1).and_then(|rest| rest.split('"').next());
            format!("create {}", order.unwrap_or_default())
        }
    }
}

pub(crate) fn success() -> Reply {
    json(200, r#"{"ok":true,"result":{}}"#)
}

/// Starts an API that answers with the given function, which gets the call and its number.
pub(crate) fn start(
    reply: impl Fn(&Request, usize, &Processed) -> Reply + Send + Sync + 'static,
) -> (Server, Processed) {
    let processed = Processed::default();
    let seen = processed.clone();
    let count = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let number = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        ready(reply(&request, number, &seen))
    });
    (server, processed)
}

/// Starts an API that processes all calls.
pub(crate) fn start_healthy() -> (Server, Processed) {
    start(|request, _, processed| {
        processed.add(request);
        success()
    })
}

/// Starts an API that processes all calls, and takes some time for each response.
pub(crate) fn start_slow(time: Duration) -> (Server, Processed) {
    let processed = Processed::default();
    let seen = processed.clone();
    let server = Server::start(move |request| {
        let seen = seen.clone();
        async move {
            seen.add(&request);
            tokio::time::sleep(time).await;
            success()
        }
    });
    (server, processed)
}
