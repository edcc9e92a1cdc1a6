//! The sandbox as a program: it prints where it listens, and serves until it is told to stop.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use talkable_sandbox::Sandbox;

use options::{HELP, Options};

mod options;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let Some(options) = Options::read(lexopt::Parser::from_env())? else {
        say(HELP);
        return Ok(());
    };
    let sandbox = options.builder()?.start().await.map_err(|error| {
        format!(
            "the sandbox can't listen on {}: {error}; choose with --listen, such as --listen 127.0.0.1:0",
            options.listen
        )
    })?;
    if let Some(target) = &options.webhooks {
        for slug in sandbox.sites() {
            sandbox.site(&slug, |site| site.send_webhooks_to(target.clone()));
        }
    }
    say(&announcement(&sandbox, &options));
    asked_to_stop().await?;
    say(&format!("answered {} requests\n", sandbox.answered()));
    sandbox.stop().await;
    Ok(())
}

/// Whoever reads may have seen enough, as `head` has. The sandbox serves on.
fn say(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

fn announcement(sandbox: &Sandbox, options: &Options) -> String {
    let (url, key, site) = (sandbox.url(), sandbox.api_key(), sandbox.site_slug());
    let sites = sandbox.sites().join(" ");
    let webhooks = options.webhooks.as_ref().map(|_| format!("webhooks carry the key {}\n", options.webhook_key));
    let webhooks = webhooks.unwrap_or_default();
    format!(
        "address  {url}\n\
         key      {key}\n\
         sites    {sites}\n\
         page     {url}/api-docs/\n\
         {webhooks}\n\
         export TALKABLE_API_KEY={key} TALKABLE_SITE_SLUG={site} TALKABLE_BASE_URL={url}\n\
         curl -H 'Authorization: Bearer {key}' '{url}/api/v2/people/jane@example.com?site_slug={site}'\n"
    )
}

#[cfg(unix)]
async fn asked_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
