//! The fleets, and how they run.

use std::time::{Duration, Instant};

use talkable_outbox::Outbox;
use talkable_outbox::sqlx::PgPool;
use talkable_sandbox::{Faults, Sandbox};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::child::Settings;
use crate::event::Event;
use crate::outcome::{Bounds, Outcome, Recording};
use crate::servers::{postgres, redis};

/// The number of processes, and of callers in each.
const PROCESSES: usize = 16;
const CALLERS: usize = 4;

/// A fleet of 64 callers.
pub(crate) struct Fleet {
    pub(crate) name: &'static str,
    store: Store,
    /// The limit of the site, in requests per second, which is also the size of its bucket.
    limit: u32,
    incident: Incident,
    pub(crate) bounds: Bounds,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Store {
    None,
    Redis,
    Postgres,
}

/// An event in the middle of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Incident {
    None,
    /// Two processes are killed after a third of the run, and two new ones start a second later. The clocks of the
    /// processes are up to an hour wrong.
    Members,
    /// The store's server is stopped for a third of the run.
    Outage,
}

/// Without a store, only the measurement matters.
const ANY: Bounds = Bounds { min_goodput: 0.0, max_late: 100.0, max_operations: 0.0 };

const SLOW: Bounds = Bounds { min_goodput: 70.0, max_late: 25.0, max_operations: 10.0 };
const FAST: Bounds = Bounds { min_goodput: 80.0, max_late: 15.0, max_operations: 10.0 };
const OUTAGE: Bounds = Bounds { min_goodput: 55.0, max_late: 40.0, max_operations: 10.0 };

#[rustfmt::skip]
pub(crate) const FLEETS: &[Fleet] = &[
    Fleet { name: "5/s, no store", store: Store::None, limit: 5, incident: Incident::None, bounds: ANY },
    Fleet { name: "5/s, Redis", store: Store::Redis, limit: 5, incident: Incident::None, bounds: SLOW },
    Fleet { name: "5/s, PostgreSQL", store: Store::Postgres, limit: 5, incident: Incident::None, bounds: SLOW },
    Fleet { name: "50/s, no store", store: Store::None, limit: 50, incident: Incident::None, bounds: ANY },
    Fleet { name: "50/s, Redis", store: Store::Redis, limit: 50, incident: Incident::None, bounds: FAST },
    Fleet { name: "50/s, PostgreSQL", store: Store::Postgres, limit: 50, incident: Incident::None, bounds: FAST },
    Fleet { name: "50/s, Redis, killed members, wrong clocks", store: Store::Redis, limit: 50, incident: Incident::Members, bounds: FAST },
    Fleet { name: "50/s, PostgreSQL, outage of the store", store: Store::Postgres, limit: 50, incident: Incident::Outage, bounds: OUTAGE },
    Fleet { name: "50/s, Redis, outage of the store", store: Store::Redis, limit: 50, incident: Incident::Outage, bounds: OUTAGE },
];

/// The servers of the stores.
pub(crate) struct Servers {
    redis: redis::Server,
    postgres: postgres::Server,
}

impl Servers {
    pub(crate) async fn start() -> Self {
        let servers = Self { redis: redis::Server::start(), postgres: postgres::Server::start() };
        servers.redis.ready().await;
        servers.postgres.ready().await;
        servers
    }

    fn url(&self, store: Store) -> Option<&str> {
        match store {
            Store::None => None,
            Store::Redis => Some(&self.redis.url),
            Store::Postgres => Some(&self.postgres.url),
        }
    }

    /// Deletes the state of the previous run.
    async fn clear(&self) {
        let mut connection =
            talkable_throttle_redis::redis::Client::open(&*self.redis.url).unwrap().get_connection().unwrap();
        talkable_throttle_redis::redis::cmd("FLUSHALL").exec(&mut connection).unwrap();
        let pool = PgPool::connect(&self.postgres.url).await.unwrap();
        Outbox::postgres(pool.clone()).migrate().await.unwrap();
        talkable_outbox::sqlx::query("TRUNCATE talkable_throttle").execute(&pool).await.unwrap();
    }

    fn stop(&self, store: Store) {
        match store {
            Store::None => {}
            Store::Redis => self.redis.stop(),
            Store::Postgres => self.postgres.stop(),
        }
    }

    fn start_again(&self, store: Store) {
        match store {
            Store::None => {}
            Store::Redis => self.redis.start_again(),
            Store::Postgres => self.postgres.start_again(),
        }
    }
}

impl Fleet {
    /// Runs the fleet.
    pub(crate) async fn run(&self, servers: &Servers, duration: Duration) -> Outcome {
        servers.clear().await;
        let sandbox = sandbox(self.limit).await;
        let (sender, mut events) = mpsc::unbounded_channel();
        let start = |process: usize| {
            let clock_error = if self.incident == Incident::Members { [0, 3600, -1800][process % 3] } else { 0 };
            let store = servers.url(self.store);
            let settings = Settings {
                url: sandbox.url(),
                key: sandbox.api_key(),
                store,
                callers: CALLERS,
                clock_error,
                worker: None,
            };
            let mut child = settings.start();
            read(&mut child, process, sender.clone());
            child
        };
        let began = Instant::now();
        let mut processes: Vec<Child> = (0..PROCESSES).map(start).collect();
        let third = duration / 3;
        sleep(third).await;
        match self.incident {
            Incident::None => {}
            Incident::Outage => servers.stop(self.store),
            Incident::Members => {
                for process in &mut processes[..2] {
                    process.start_kill().unwrap();
                }
                sleep(Duration::from_secs(1)).await;
                processes.extend((PROCESSES..PROCESSES + 2).map(start));
            }
        }
        sleep((third * 2).saturating_sub(began.elapsed())).await;
        if self.incident == Incident::Outage {
            servers.start_again(self.store);
        }
        sleep(duration.saturating_sub(began.elapsed())).await;
        drop(processes);

        events.close();
        let mut recording = Recording::new(duration);
        while let Ok((process, time, event)) = events.try_recv() {
            recording.add(process, time.saturating_duration_since(began), event);
        }
        let first = if self.incident == Incident::Members { 2 } else { 0 };
        let callers: Vec<(usize, usize)> =
            (first..PROCESSES).flat_map(|process| (0..CALLERS).map(move |caller| (process, caller))).collect();
        let permitted = f64::from(self.limit) * (duration.as_secs_f64() + 1.0);
        recording.outcome(permitted, &callers, 16.0, duration.as_secs_f64())
    }
}

/// Starts a sandbox with a rate limit.
pub(crate) async fn sandbox(limit: u32) -> Sandbox {
    let mut faults = Faults::default();
    faults.requests_per_second = Some(f64::from(limit));
    faults.burst = limit;
    faults.latency_ms = 80;
    faults.jitter_ms = 40;
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.set_faults(faults);
    sandbox
}

/// Sends the events of a process, with its number and their times.
pub(crate) fn read(child: &mut Child, process: usize, events: mpsc::UnboundedSender<(usize, Instant, Event)>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(event) = Event::parse(&line) {
                let _ = events.send((process, Instant::now(), event));
            }
        }
    });
}
