//! Workers of an outbox on PostgreSQL that share the rate of a site in three ways: each has its own throttle, one
//! elected worker sends all calls, or they share a throttle.

use std::time::{Duration, Instant};

use serde_json::json;
use talkable_api::{ClientBuilder, StoredCall};
use talkable_outbox::sqlx::postgres::{PgConnection, PgPoolOptions};
use talkable_outbox::sqlx::{self, PgPool};
use talkable_outbox::{Entry, Outbox, Worker};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::child::Settings;
use crate::event::Event;
use crate::fleet::{read, sandbox};
use crate::outcome::{Outcome, Recording};
use crate::servers::postgres::Server;

const WORKERS: u32 = 4;

/// How the workers share the rate.
pub(crate) const MODES: [&str; 3] = ["own", "elected", "shared"];

/// The interval at which workers try to be elected, and in which the elected one checks its connection.
const ELECTION: Duration = Duration::from_secs(1);

type Recorded = (usize, Instant, Event);

/// Measures all modes at three limits.
pub(crate) async fn measure(duration: Duration) {
    let server = Server::start();
    server.ready().await;
    println!("4 workers      backlog, one killed                       80 % load");
    println!("               goodput %  refused %  store/s  takeover s  refused %  median s  p99 s");
    for limit in [5, 50, 300] {
        for mode in MODES {
            let database = Database::clean(&server).await;
            database.enqueue(2 * permitted(limit, duration)).await;
            let (backlog, takeover) = database.run(&server, mode, limit, None, duration).await;
            let database = Database::clean(&server).await;
            let (steady, _) = database.run(&server, mode, limit, Some(80), duration).await;
            let [median, p99] = database.durations().await;
            print!(
                "{:<14} {:9.1}  {:9.1}  {:7.1}",
                format!("{mode} {limit}/s"),
                backlog.goodput,
                backlog.refused,
                backlog.operations
            );
            println!("  {:10.1}  {:9.1}  {median:8.2}  {p99:5.2}", takeover.as_secs_f64(), steady.refused);
        }
    }
}

/// The number of calls that the limit permits.
fn permitted(limit: u32, duration: Duration) -> u32 {
    limit * u32::try_from(duration.as_secs() + 1).unwrap()
}

struct Database {
    pool: PgPool,
    outbox: Outbox,
}

impl Database {
    /// Connects, and deletes the entries of the previous run.
    async fn clean(server: &Server) -> Self {
        let pool = PgPool::connect(&server.url).await.unwrap();
        let outbox = Outbox::postgres(pool.clone());
        outbox.migrate().await.unwrap();
        let clean = "TRUNCATE talkable_outbox, talkable_outbox_pause, talkable_throttle";
        sqlx::query(clean).execute(&pool).await.unwrap();
        Self { pool, outbox }
    }

    async fn enqueue(&self, count: u32) {
        let stored = json!({
            "version": 1, "operation": "updatePerson", "site_slug": "my-store", "path_arguments": ["jane@example.com"],
            "body": "{\"data\":{\"first_name\":\"Jane\"}}",
        });
        let entry = Entry::from(serde_json::from_value::<StoredCall>(stored).unwrap());
        let entries: Vec<Entry> = (0..count).map(|_| entry.clone()).collect();
        if !entries.is_empty() {
            let mut transaction = self.pool.begin().await.unwrap();
            self.outbox.enqueue_all(&mut *transaction, &entries).await.unwrap();
            transaction.commit().await.unwrap();
        }
    }

    /// The median and the 99th percentile of the seconds from the creation of an entry to its end.
    async fn durations(&self) -> [f64; 2] {
        let durations = "SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY (changed - created) / 1000.0)
            FROM talkable_outbox WHERE state = 'done'";
        let durations: Vec<f64> = sqlx::query_scalar(durations).fetch_one(&self.pool).await.unwrap();
        durations.try_into().unwrap()
    }

    /// Runs the workers. With a load, entries arrive at this percentage of the limit. Without one, the sender is killed
    /// in the middle of the run. Also returns the longest time without a successful call after that.
    async fn run(
        &self,
        server: &Server,
        mode: &str,
        limit: u32,
        load: Option<u32>,
        duration: Duration,
    ) -> (Outcome, Duration) {
        let sandbox = sandbox(limit).await;
        let (sender, mut events) = mpsc::unbounded_channel();
        let began = Instant::now();
        let start = |process| {
            let settings = Settings {
                url: sandbox.url(),
                key: sandbox.api_key(),
                store: Some(&server.url),
                callers: 0,
                clock_error: 0,
                worker: Some(mode),
            };
            let mut child = settings.start();
            read(&mut child, process, sender.clone());
            child
        };
        let mut workers: Vec<Child> = (0..WORKERS as usize).map(start).collect();
        let mut recorded: Vec<Recorded> = Vec::new();
        let (mut killed, mut enqueued) = (None, 0);
        while began.elapsed() < duration {
            sleep(Duration::from_millis(50)).await;
            while let Ok(event) = events.try_recv() {
                recorded.push(event);
            }
            if let Some(load) = load {
                let due = began.elapsed().as_millis() * u128::from(limit * load) / 100_000;
                let due = u32::try_from(due).unwrap();
                self.enqueue(due - enqueued).await;
                enqueued = due;
            } else if killed.is_none() && began.elapsed() > duration / 2 {
                workers[sender_of(&recorded)].start_kill().unwrap();
                killed = Some(Instant::now());
            }
        }
        let takeover = killed.map(|killed| longest_gap(&recorded, killed)).unwrap_or_default();
        let mut recording = Recording::new(duration);
        for (process, time, event) in recorded {
            recording.add(process, time.saturating_duration_since(began), event);
        }
        let permitted = f64::from(permitted(limit, duration));
        (recording.outcome(permitted, &[], f64::from(WORKERS), duration.as_secs_f64()), takeover)
    }
}

/// The worker that was elected last. Without elections, all workers send.
fn sender_of(recorded: &[Recorded]) -> usize {
    let elected = recorded.iter().rev().find(|(_, _, event)| *event == Event::Elected);
    elected.map_or(0, |(process, ..)| *process)
}

/// The longest time between two successful calls after an instant.
fn longest_gap(recorded: &[Recorded], start: Instant) -> Duration {
    let calls = recorded.iter().filter(|(_, time, event)| *time > start && matches!(event, Event::Called { .. }));
    let (longest, _) = calls.fold((Duration::ZERO, start), |(longest, last), (_, time, _)| {
        (longest.max(time.saturating_duration_since(last)), *time)
    });
    longest
}

/// Runs a worker in this process.
pub(crate) async fn work(mode: &str, client: ClientBuilder, database: &str) {
    let client = client.on_call(|call| {
        if call.error.is_none() {
            Event::Called { caller: 0, duration: call.duration }.report();
        }
    });
    let client = client.build().unwrap();
    let pool = PgPoolOptions::new().max_connections(5).connect(database).await.unwrap();
    let worker = || Worker::new(Outbox::postgres(pool.clone()), client.clone());
    if mode != "elected" {
        return worker().run(std::future::pending()).await;
    }
    loop {
        let mut connection = pool.acquire().await.unwrap().detach();
        let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended('my-store', 0))");
        if lock.fetch_one(&mut connection).await.unwrap_or(false) {
            Event::Elected.report();
            worker().run(lost(&mut connection)).await;
        }
        drop(connection);
        sleep(ELECTION).await;
    }
}

/// Waits until the connection that holds the lock fails.
async fn lost(connection: &mut PgConnection) {
    while sqlx::query("SELECT 1").execute(&mut *connection).await.is_ok() {
        sleep(ELECTION).await;
    }
}
