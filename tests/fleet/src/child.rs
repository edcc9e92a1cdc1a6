//! A process of a fleet: callers that make one call after another with one client, or a worker of an outbox.

use std::io::Read as _;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use talkable_api::{Client, ClientBuilder};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use crate::event::Event;
use crate::store::Reported;
use crate::workers;

const URL: &str = "FLEET_URL";
const KEY: &str = "FLEET_KEY";
const STORE: &str = "FLEET_STORE";
const CALLERS: &str = "FLEET_CALLERS";
const WORKER: &str = "FLEET_WORKER";

/// The settings of a child process.
pub(crate) struct Settings<'a> {
    /// The URL and the key of the sandbox.
    pub(crate) url: &'a str,
    pub(crate) key: &'a str,
    /// The URL of the store.
    pub(crate) store: Option<&'a str>,
    pub(crate) callers: usize,
    /// The seconds by which the process's clock is wrong.
    pub(crate) clock_error: i32,
    /// If the process is a worker, one of [`workers::MODES`].
    pub(crate) worker: Option<&'a str>,
}

impl Settings<'_> {
    /// Starts the process. It is killed when the returned value is dropped, and ends when its standard input does, which
    /// happens when this process ends in any way.
    pub(crate) fn start(&self) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(URL, self.url).env(KEY, self.key).env(CALLERS, self.callers.to_string());
        command.envs(self.store.map(|store| (STORE, store))).envs(self.worker.map(|worker| (WORKER, worker)));
        if self.clock_error != 0 {
            command.env("LD_PRELOAD", wrong_clock()).env("FAKETIME", format!("{:+}", self.clock_error));
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap()
    }
}

/// The library that changes the clock of a process.
fn wrong_clock() -> String {
    let folders = std::fs::read_dir("/usr/lib").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let library = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|library| library.exists());
    library.expect("libfaketime is installed (package libfaketime)").to_str().unwrap().to_owned()
}

/// Whether this process is a child.
pub(crate) fn is_child() -> bool {
    std::env::var_os(URL).is_some()
}

/// Makes calls until the process is killed or the standard input ends.
pub(crate) async fn run() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(1);
    });
    let client = Client::builder().api_key(variable(KEY)).site_slug("my-store").base_url(variable(URL));
    let client = client.deadline(Duration::from_mins(10)).on_attempt(|attempt| {
        let is_refused = attempt.result.as_ref().is_ok_and(|status| status.as_u16() == 429);
        Event::Response { is_refused }.report();
    });
    let (store, worker) = (std::env::var(STORE).ok(), std::env::var(WORKER).ok());
    match (worker.as_deref(), store.as_deref()) {
        (None, None) => call(client).await,
        (None, Some(store)) => call(share(client, store)).await,
        (Some("shared"), Some(store)) => workers::work("shared", share(client, store), store).await,
        (Some(mode), store) => workers::work(mode, client, store.unwrap_or_default()).await,
    }
}

/// Shares the throttle in the store with a URL.
fn share(client: ClientBuilder, store: &str) -> ClientBuilder {
    client.shared_throttle(Arc::new(Reported::open(store)))
}

async fn call(client: ClientBuilder) {
    let client = client.build().unwrap();
    let mut callers = JoinSet::new();
    for caller in 0..variable(CALLERS).parse().unwrap() {
        callers.spawn(make_calls(client.clone(), caller));
    }
    callers.join_all().await;
}

async fn make_calls(client: Client, caller: usize) {
    loop {
        let began = Instant::now();
        match client.people().find("jane@example.com").await {
            Ok(_) => Event::Called { caller, duration: began.elapsed() }.report(),
            Err(error) => {
                eprintln!("a call failed: {error}");
                Event::Lost.report();
            }
        }
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap()
}
