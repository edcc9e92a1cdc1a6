//! Runs the sandbox as a program, until it is interrupted.

use std::env;
use std::error::Error;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use talkable_sandbox::Sandbox;
use tokio::runtime::Runtime;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use options::{HELP, Options};

mod options;

fn main() -> ExitCode {
    let result = Runtime::new().map_err(Into::into).and_then(|runtime| {
        let result = runtime.block_on(run());
        // A slow name lookup for a webhook must not delay the exit.
        runtime.shutdown_background();
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            // `talkable sandbox` recognizes invalid options by the code.
            if error.is::<lexopt::Error>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| env::var(name).ok();
    let Some(options) = Options::parse(lexopt::Parser::from_env(), variable)? else {
        print(HELP);
        return Ok(());
    };
    let Options { listen, builder, webhooks, load, save, stops_with_input, log } = options;
    let output = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false);
    match log {
        Some(filter) => tracing_subscriber::registry().with(output.with_filter(filter)).init(),
        None => {
            let warnings = Targets::new().with_target("talkable_sandbox", LevelFilter::WARN);
            let output = output.without_time().with_target(false).with_filter(warnings);
            tracing_subscriber::registry().with(output).init();
        }
    }
    if let Some(path) = &save {
        check_writable(path).map_err(|error| format!("can't save {}: {error}", path.display()))?;
    }
    let sandbox = builder.start().await.map_err(|error| {
        let help = "choose another address with --listen, such as --listen 127.0.0.1:0";
        format!("can't listen on {listen}: {error}\nhelp: {help}")
    })?;
    if let Some((target, _)) = &webhooks {
        for slug in sandbox.sites() {
            sandbox.site(&slug, |site| site.send_webhooks_to(target.clone()));
        }
    }
    // Loading records can pay rewards, which sends webhooks.
    if let Some(path) = load {
        let invalid = |error: &dyn fmt::Display| format!("can't load {}: {error}", path.display());
        let text = fs::read(&path).map_err(|error| invalid(&error))?;
        let saved = serde_json::from_slice(&text).map_err(|error| invalid(&error))?;
        sandbox.site(sandbox.site_slug(), |site| site.load(&saved)).map_err(|error| invalid(&error))?;
    }
    let webhooks = webhooks.map(|(_, key)| format!("webhooks security key {key}\n")).unwrap_or_default();
    print(&greeting(&sandbox, &webhooks));
    tokio::select! {
        result = shutdown_signal() => result?,
        () = end_of_input(), if stops_with_input => {}
    }
    print(&format!("sent {} responses\n", sandbox.responses_sent()));
    // Calls in flight can still change records, so the sandbox stops first.
    sandbox.stop().await;
    if let Some(path) = save {
        let saved = sandbox.site(sandbox.site_slug(), |site| site.save());
        fs::write(&path, format!("{saved:#}\n")).map_err(|error| format!("can't save {}: {error}", path.display()))?;
    }
    Ok(())
}

/// Checks that a file can be written. An existing file or symbolic link is not changed.
fn check_writable(path: &Path) -> io::Result<()> {
    let is_new = path.symlink_metadata().is_err();
    OpenOptions::new().append(true).create(true).open(path)?;
    if is_new { fs::remove_file(path) } else { Ok(()) }
}

/// Prints a string and ignores errors, since a reader such as `head` might have closed the pipe.
fn print(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

fn greeting(sandbox: &Sandbox, webhooks: &str) -> String {
    let (url, key, site) = (sandbox.url(), sandbox.api_key(), sandbox.site_slug());
    let (key_word, site_word, url_word) = (quote(key), quote(site), quote(url));
    let header = quote(&format!("Authorization: Bearer {key}"));
    let sample = quote(&format!("{url}/api/v2/people/jane@example.com?site_slug={site}"));
    let sites = sandbox.sites().join(" ");
    format!(
        "address  {url}\n\
         key      {key}\n\
         sites    {sites}\n\
         activity {url}/sandbox/\n\
         docs     {url}/api-docs/\n\
         {webhooks}\n\
         export TALKABLE_API_KEY={key_word} TALKABLE_SITE_SLUG={site_word} TALKABLE_BASE_URL={url_word}\n\
         curl -H {header} {sample}\n"
    )
}

/// Quotes a word for the shell, if necessary.
fn quote(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,=".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Waits until standard input ends or can't be read.
async fn end_of_input() {
    let _ = tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await;
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
