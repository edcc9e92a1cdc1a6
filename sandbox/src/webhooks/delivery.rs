//! Takes notices out of the outboxes and sends them, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{Notice, Target};
use crate::behavior;
use crate::sandbox::Shared;

/// As many webhooks are under way at the same time.
const AT_ONCE: usize = 8;

/// The longest that whoever listens may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of an answer that are read.
const MOST_BYTES: usize = 64 * 1024;

/// How often a clock that runs by itself is looked at.
const TICK: Duration = Duration::from_millis(250);

/// Does what is due and delivers what is told, for as long as the sandbox runs.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut client = None;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut time = shared.clock.watch();
    loop {
        shared.sites().values_mut().for_each(|site| behavior::run_due(site, shared.limits.state));
        while let Some((slug, target, notice)) = next(&shared) {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            // It loads certificates, and most sandboxes tell nobody anything.
            let (shared, client) = (Arc::clone(&shared), client.get_or_insert_with(new_client).clone());
            tokio::spawn(async move {
                deliver(&shared, &client, slug, target, notice).await;
                drop(place);
            });
        }
        tokio::select! {
            () = shared.news.notified() => {}
            // The sandbox has a clock for as long as it runs.
            _ = time.changed() => {}
            () = tokio::time::sleep(TICK), if shared.clock.is_running() => {}
        }
    }
}

/// The JSON of an answer, if it is that and not too long.
async fn read(mut answer: Response) -> Value {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Value::Null;
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Where webhooks go is the user's to say: neither a proxy nor a redirect leads them elsewhere.
fn new_client() -> Client {
    let client = Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).build();
    client.expect("a client without certificates of its own can be built")
}

fn next(shared: &Shared) -> Option<(String, Target, Notice)> {
    let mut sites = shared.sites();
    sites.iter_mut().find_map(|(slug, site)| site.take_notice().map(|(target, notice)| (slug.clone(), target, notice)))
}

async fn deliver(shared: &Shared, client: &Client, slug: String, target: Target, notice: Notice) {
    let payload = notice.payload.to_string();
    let fields =
        [("key", target.key.as_str()), ("site", &slug), ("type", notice.kind), ("extras", "{}"), ("payload", &payload)];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = client.post(&target.url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
    let answer = match request.send().await {
        Ok(answer) if answer.status().is_success() => Some(read(answer).await),
        _ => None,
    };
    if let Some(site) = shared.sites().get_mut(&slug) {
        match answer {
            Some(answer) => site.delivered(&notice, &answer),
            None => site.not_delivered(notice),
        }
    }
    // Paying a reward is told in turn.
    shared.news.notify_one();
}
