//! Runs the sandbox as a program, until it is interrupted.

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
    let Some(Options { listen, builder, webhooks }) = Options::parse(lexopt::Parser::from_env())? else {
        print(HELP);
        return Ok(());
    };
    let sandbox = builder.start().await.map_err(|error| {
        let help = "choose another address with --listen, such as --listen 127.0.0.1:0";
        format!("can't listen on {listen}: {error}\nhelp: {help}")
    })?;
    if let Some((target, _)) = &webhooks {
        for slug in sandbox.sites() {
            sandbox.site(&slug, |site| site.send_webhooks_to(target.clone()));
        }
    }
    let webhooks = webhooks.map(|(_, key)| format!("webhooks security key {key}\n")).unwrap_or_default();
    print(&greeting(&sandbox, &webhooks));
    shutdown_signal().await?;
    print(&format!("sent {} responses\n", sandbox.responses_sent()));
    sandbox.stop().await;
    Ok(())
}

/// Prints a string and ignores errors, since a reader such as `head` might have closed the pipe.
fn print(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

fn greeting(sandbox: &Sandbox, webhooks: &str) -> String {
    let (url, key, site) = (sandbox.url(), sandbox.api_key(), sandbox.site_slug());
    let sites = sandbox.sites().join(" ");
    format!(
        "address  {url}\n\
         key      {key}\n\
         sites    {sites}\n\
         docs     {url}/api-docs/\n\
         {webhooks}\n\
         export TALKABLE_API_KEY={key} TALKABLE_SITE_SLUG={site} TALKABLE_BASE_URL={url}\n\
         curl -H 'Authorization: Bearer {key}' '{url}/api/v2/people/jane@example.com?site_slug={site}'\n"
    )
}

#[cfg(unix)]
async fn shutdown_signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn shutdown_signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
