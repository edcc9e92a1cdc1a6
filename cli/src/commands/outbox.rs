//! `talkable outbox`: inspects an outbox, and sends its calls.

mod arguments;

use std::time::Duration;

use clap::ArgMatches;
use serde_json::{Value, json};
use talkable_outbox::sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use talkable_outbox::{Doubt, EntryId, Error, Filter, Outbox, Resolution, State, Worker};

pub(super) use self::arguments::build;
use super::runtime;
use crate::failure::{Exit, Failure, Result};
use crate::output::Output;
use crate::profile::{Access, site};
use crate::session::Session;

/// The environment variable with the URL of the database.
const DATABASE: &str = "TALKABLE_OUTBOX_URL";
/// The time between two queries for the counts.
const INTERVAL: Duration = Duration::from_secs(2);

const STATES: [State; 7] =
    [State::Ready, State::Claimed, State::Sending, State::Done, State::Dead, State::Doubtful, State::Discarded];

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(Exit::Usage) };
    let output = Output::new(matches, session)?;
    if ["retry", "discard", "resolve"].contains(&name) {
        output.check_columns(&["id", "result"])?;
    }
    runtime()?.block_on(async {
        let outbox = open(matches, session).await?;
        match name {
            "list" => list(&outbox, matches, &output, session).await,
            "retry" => retry(&outbox, matches, &output, session).await,
            "discard" => discard(&outbox, matches, &output, session).await,
            "resolve" => resolve(&outbox, matches, &output, session).await,
            "stats" => stats(&outbox, matches, &output, session).await,
            _ => work(outbox, matches, session).await,
        }
    })
}

async fn open(matches: &ArgMatches, session: &Session<'_>) -> Result<Outbox> {
    let given = matches.get_one::<String>("database").cloned();
    if given.as_deref().is_some_and(has_password) {
        let failure = Failure::usage("--database contains a password, which other users can see");
        return Err(failure.help(format!("set {DATABASE} instead")));
    }
    let url = given.or_else(|| session.variable(DATABASE));
    let url =
        url.ok_or_else(|| Failure::usage("no database is set").help(format!("pass `--database`, or set {DATABASE}")))?;
    #[cfg(feature = "outbox-postgres")]
    if url.starts_with("postgres") {
        let pool = talkable_outbox::sqlx::PgPool::connect(&url).await.map_err(unopened)?;
        return Ok(Outbox::postgres(pool));
    }
    let options: SqliteConnectOptions = url.parse().map_err(|_| {
        let failure = Failure::usage("the URL of the database is invalid").help("for example: sqlite:shop.db");
        failure.help("for PostgreSQL, install talkable-cli with the feature `outbox-postgres`")
    })?;
    let pool = SqlitePool::connect_with(options.busy_timeout(Duration::from_secs(10))).await;
    Ok(Outbox::sqlite(pool.map_err(unopened)?))
}

fn unopened(error: talkable_outbox::sqlx::Error) -> Failure {
    Failure::usage(format!("could not open the database: {error}"))
}

fn has_password(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
}

fn failed(error: Error) -> Failure {
    Failure::usage(format!("could not access the outbox: {error}")).help("check that the database contains an outbox")
}

async fn list(outbox: &Outbox, matches: &ArgMatches, output: &Output, session: &mut Session<'_>) -> Result<Exit> {
    let mut filter = Filter::default().limit(matches.get_one::<u32>("limit").copied().unwrap_or(100));
    let state = matches.get_one::<String>("state");
    filter.state = STATES.into_iter().find(|known| state.is_some_and(|state| state == known.name()));
    filter.site = site(matches)?.cloned();
    let entries = outbox.list(&filter).await.map_err(failed)?;
    let rows = entries.into_iter().map(|entry| {
        json!({
            "id": entry.id, "site": entry.site, "operation": entry.operation, "state": entry.state.map(State::name),
            "attempts": entry.attempts, "age_seconds": entry.age.as_secs(), "key": entry.key, "error": entry.error,
            "doubt": entry.doubt.map(|doubt| doubt.to_string()),
        })
    });
    output.print_value(&Value::Array(rows.collect()), session)?;
    Ok(Exit::Success)
}

async fn retry(outbox: &Outbox, matches: &ArgMatches, output: &Output, session: &mut Session<'_>) -> Result<Exit> {
    let mut results = Vec::new();
    for id in matches.get_many::<EntryId>("id").into_iter().flatten() {
        results.push((*id, outbox.retry(*id).await.map_err(failed)?));
    }
    print_results(&results, "not a dead entry with a payload", output, session)
}

async fn discard(outbox: &Outbox, matches: &ArgMatches, output: &Output, session: &mut Session<'_>) -> Result<Exit> {
    let mut results = Vec::new();
    for id in matches.get_many::<EntryId>("id").into_iter().flatten() {
        results.push((*id, outbox.discard(*id).await.map_err(failed)?));
    }
    print_results(&results, "neither dead nor doubtful", output, session)
}

async fn resolve(outbox: &Outbox, matches: &ArgMatches, output: &Output, session: &mut Session<'_>) -> Result<Exit> {
    let resolution = match matches.get_one::<String>("as").map(String::as_str) {
        Some("processed") => Resolution::Processed,
        _ => Resolution::NotProcessed,
    };
    let mut results = Vec::new();
    for doubt in matches.get_many::<Doubt>("doubt").into_iter().flatten() {
        results.push((doubt.entry, outbox.resolve(*doubt, resolution).await.map_err(failed)?));
    }
    print_results(&results, "the doubt is resolved or outdated, or the entry has no payload", output, session)
}

/// Prints which entries were changed.
fn print_results(
    results: &[(EntryId, bool)],
    unchanged: &str,
    output: &Output,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let rows = results
        .iter()
        .map(|(id, is_changed)| json!({"id": id, "result": if *is_changed { "changed" } else { unchanged }}));
    output.print_value(&Value::Array(rows.collect()), session)?;
    Ok(if results.iter().all(|(_, is_changed)| *is_changed) { Exit::Success } else { Exit::Rejected })
}

async fn stats(outbox: &Outbox, matches: &ArgMatches, output: &Output, session: &mut Session<'_>) -> Result<Exit> {
    loop {
        let stats = outbox.stats().await.map_err(failed)?;
        let pauses = stats.pauses.iter().map(
            |pause| json!({"site": pause.site, "reason": pause.reason, "remaining_seconds": pause.remaining.as_secs()}),
        );
        let value = json!({
            "ready": stats.ready, "in_flight": stats.in_flight, "dead": stats.dead, "doubtful": stats.doubtful,
            "oldest_seconds": stats.oldest.map(|age| age.as_secs()), "pauses": pauses.collect::<Vec<_>>(),
        });
        output.print_value(&value, session)?;
        session.output.flush()?;
        if !matches.get_flag("watch") {
            return Ok(Exit::Success);
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Success),
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

async fn work(outbox: Outbox, matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    site(matches)?;
    let client = Access::resolve(matches, session)?.client()?;
    let ends_idle = matches.get_flag("until-idle");
    let watched = outbox.clone();
    let idle = async move {
        loop {
            tokio::time::sleep(INTERVAL).await;
            // If the database fails, the worker retries, so this loop does too.
            let is_idle = watched.stats().await.is_ok_and(|stats| stats.ready == 0 && stats.in_flight == 0);
            if ends_idle && is_idle {
                break;
            }
        }
    };
    let stop = async {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = idle => {}
        }
    };
    Box::pin(Worker::new(outbox, client).run(stop)).await;
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::has_password;

    #[test]
    fn finds_passwords_in_urls() {
        assert!(has_password("postgres://shop:secret@db.example.com/shop"));
        assert!(!has_password("postgres://shop@db.example.com/shop") && !has_password("sqlite:shop.db"));
    }
}
