//! Takes notices out of the outboxes and sends them, a few at a time.

use std::error::Error;
use std::iter::successors;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{Notice, WebhookTarget};
use crate::sandbox::Shared;

/// As many webhooks are under way at the same time.
const AT_ONCE: usize = 8;

/// The longest that whoever listens may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of an answer that are read.
const MOST_BYTES: usize = 64 * 1024;

/// How often a clock that runs by itself is looked at.
const TICK: Duration = Duration::from_millis(250);

/// Does what is due and delivers what is told, for as long as the sandbox runs. What is under way ends with it.
pub(crate) async fn run(shared: Arc<Shared>) {
    let (mut clients, mut under_way) = (Clients::default(), JoinSet::new());
    let mut time = shared.clock.watch();
    loop {
        shared.do_what_is_due();
        while under_way.try_join_next().is_some() {}
        // A notice stays where it can be taken back until there is a place for it.
        while under_way.len() < AT_ONCE
            && let Some((slug, target, notice)) = next(&shared)
        {
            let (shared, client) = (Arc::clone(&shared), clients.of(&target));
            under_way.spawn(async move {
                let answer = match client {
                    Ok(client) => send(&client, &slug, &target, &notice).await,
                    Err(error) => Err(in_words(error)),
                };
                settle(&shared, &slug, &notice, answer);
            });
        }
        tokio::select! {
            () = shared.news.notified() => {}
            Some(_) = under_way.join_next() => {}
            // The sandbox has a clock for as long as it runs.
            _ = time.changed() => {}
            () = tokio::time::sleep(TICK), if shared.clock.is_running() => {}
        }
    }
}

/// Made when they are needed: the one for HTTPS loads the machine's certificates, which takes time, and fails where there are
/// none.
#[derive(Default)]
struct Clients {
    plain: Option<Client>,
    secure: Option<Client>,
}

impl Clients {
    /// Where webhooks go is the user's to say: neither a proxy nor a redirect leads them elsewhere.
    fn of(&mut self, target: &WebhookTarget) -> reqwest::Result<Client> {
        let settings = Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE);
        let (place, settings) = match target.url.scheme() {
            "https" => (&mut self.secure, settings),
            _ => (&mut self.plain, settings.tls_certs_only([])),
        };
        let client = place.take().map_or_else(|| settings.build(), Ok)?;
        Ok(place.insert(client).clone())
    }
}

fn next(shared: &Shared) -> Option<(String, WebhookTarget, Notice)> {
    let mut sites = shared.sites();
    sites.iter_mut().find_map(|(slug, site)| site.take_notice().map(|(target, notice)| (slug.clone(), target, notice)))
}

/// Sends a notice, and gives what comes back.
async fn send(client: &Client, slug: &str, target: &WebhookTarget, notice: &Notice) -> Result<Value, String> {
    let fields = [
        ("key", target.key.as_str()),
        ("site", slug),
        ("type", notice.kind),
        ("extras", "{}"),
        ("payload", &notice.payload),
    ];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = client.post(target.url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
    let answer = request.send().await.map_err(in_words)?;
    let status = answer.status();
    if status.is_success() { Ok(read(answer).await) } else { Err(format!("answered {status}")) }
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

fn settle(shared: &Shared, slug: &str, notice: &Notice, answer: Result<Value, String>) {
    // Paying a reward is told in turn.
    shared.on_site(slug, |site| match answer {
        Ok(answer) => site.delivered(notice.id, &answer),
        Err(reason) => site.not_delivered(notice, &reason),
    });
}

/// An error with all its causes.
fn in_words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = successors(Some(&error as &dyn Error), |error: &&dyn Error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
