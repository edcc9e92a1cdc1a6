//! The sandbox as a program: it prints where it listens, and serves until it is told to stop.

use std::error::Error;
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
        print!("{HELP}");
        return Ok(());
    };
    let sandbox = options.builder().start().await.map_err(|error| {
        format!(
            "the sandbox can't listen on {}: {error}; choose with --listen, such as --listen 127.0.0.1:0",
            options.listen
        )
    })?;
    if let Some(webhooks) = &options.webhooks {
        for slug in sandbox.sites() {
            sandbox.site(&slug, |site| site.send_webhooks_to(webhooks, &options.webhook_key));
        }
    }
    announce(&sandbox);
    asked_to_stop().await?;
    println!("answered {} requests", sandbox.answered());
    sandbox.stop().await;
    Ok(())
}

fn announce(sandbox: &Sandbox) {
    println!("address  {}", sandbox.url());
    println!("key      {}", sandbox.api_key());
    println!("sites    {}", sandbox.sites().join(" "));
    println!("page     {}/api-docs/", sandbox.url());
    println!();
    println!("export TALKABLE_API_KEY={} TALKABLE_SITE_SLUG={}", sandbox.api_key(), sandbox.site_slug());
    println!(
        "curl -H 'Authorization: Bearer {}' '{}/api/v2/people/jane@example.com?site_slug={}'",
        sandbox.api_key(),
        sandbox.url(),
        sandbox.site_slug()
    );
}

#[cfg(unix)]
async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
