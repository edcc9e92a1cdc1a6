//! Workers, which send the entries of an outbox.

mod settings;

use std::collections::HashMap;
use std::fmt;
use std::pin::pin;
use std::time::Duration;

use talkable_api::Client;
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::claimed::Claimed;
use crate::error::Error;
use crate::marker::Marker;
use crate::outbox::Outbox;
use crate::outcome::{Finished, Outcome, Policy, Signal};
use crate::send::{Sender, Sent};
use crate::turn::{self, Cursors, Turn};
use crate::wake::{OUTBOX, Waker};

/// The time between turns while all entries belong to paused sites, however many entries are added.
const PAUSED_GAP: Duration = Duration::from_secs(1);

/// The pause after a failure of the database.
const DATABASE_PAUSE: Duration = Duration::from_millis(500);

/// Sends the entries of an outbox. Any number of workers in any number of processes can share an outbox.
///
/// A worker needs at least three connections of the pool.
///
/// ```no_run
/// # async fn example(pool: talkable_outbox::sqlx::SqlitePool) -> Result<(), Box<dyn std::error::Error>> {
/// use talkable_outbox::{Outbox, Worker, talkable_api::Client};
///
/// let outbox = Outbox::sqlite(pool);
/// outbox.migrate().await?;
/// let worker = Worker::new(outbox, Client::from_env()?);
/// worker.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await;
/// # Ok(())
/// # }
/// ```
#[must_use = "a worker does nothing until it runs"]
pub struct Worker {
    sender: Sender,
    policy: Policy,
    concurrency: usize,
    poll: Duration,
    grace: Duration,
    random: fn() -> f64,
}

/// The time after the calls have ended in which a stopping worker tries to record their outcomes, unless its grace
/// period is longer.
const RECORDING: Duration = Duration::from_secs(5);

/// The calls of a worker and their outcomes.
struct Running {
    tasks: JoinSet<Sent>,
    entries: HashMap<Id, Claimed>,
    finished: Vec<Finished>,
    /// The number of failures of each site since it last processed a call.
    streaks: HashMap<String, u32>,
    cursors: Cursors,
    marker: Marker,
}

impl Worker {
    /// Creates a worker. The client needs access to the sites of all entries.
    pub fn new(outbox: Outbox, client: Client) -> Self {
        let lease = Duration::from_mins(1);
        Self {
            sender: Sender { outbox, client, lease, on_response: None },
            policy: settings::default_policy(),
            concurrency: 16,
            poll: Duration::from_secs(5),
            grace: Duration::from_secs(20),
            random: fastrand::f64,
        }
    }

    /// Sends entries until `stop` completes. Then the worker claims no more entries, waits for the calls in flight, and
    /// cancels those that take longer than the [`grace`](Self::grace) period.
    ///
    /// If the database fails, the worker logs a warning and tries again.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let waker = Waker::start(self.sender.outbox.pool.clone(), OUTBOX);
        let mut running = Running::new(Marker::start(self.sender.outbox.clone(), self.patience()));
        let mut stop = pin!(stop);
        loop {
            let turn = {
                let mut turn = Box::pin(self.turn(&mut running, self.concurrency));
                tokio::select! {
                    biased;
                    turn = &mut turn => turn,
                    () = &mut stop => {
                        // A canceled commit would leave claimed entries behind, which wait for the end of their lease.
                        if timeout(RECORDING, turn).await.is_err() {
                            tracing::warn!("the database did not respond before the worker stopped");
                        }
                        break;
                    }
                }
            };
            let (wait, gap) = match &turn {
                Ok(turn) => (turn.wait, if turn.is_paused { PAUSED_GAP } else { Duration::ZERO }),
                Err(error) => {
                    tracing::warn!(%error, "the turn of the worker failed");
                    (DATABASE_PAUSE, DATABASE_PAUSE)
                }
            };
            let has_failed = turn.is_err();
            let notified = async {
                sleep(gap).await;
                waker.notify.notified().await;
            };
            let has_free_slots = running.tasks.len() < self.concurrency;
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = running.next(&self), if !has_failed && !running.tasks.is_empty() => {}
                () = notified, if has_free_slots => {}
                () = sleep(wait.max(Duration::from_millis(1))), if has_free_slots || has_failed => {}
            }
            running.drain(&self);
        }
        Box::pin(self.shut_down(running)).await;
    }

    /// Runs a turn and starts the calls of the claimed entries.
    async fn turn(&self, running: &mut Running, concurrency: usize) -> Result<Turn, Error> {
        // The lease starts after this time.
        let claimed_at = Instant::now();
        let request = turn::Request {
            finished: &running.finished,
            free: concurrency.saturating_sub(running.tasks.len()),
            lease: self.sender.lease,
            token: token((self.random)()),
            poll: self.poll,
        };
        let turn = turn::run(&self.sender.outbox, &request, &mut running.cursors);
        let mut turn = self.sender.outbox.pool.within(self.patience(), turn).await?;
        running.finished.clear();
        for entry in turn.claimed.drain(..) {
            let (sender, own, marker) = (self.sender.clone(), entry.clone(), running.marker.clone());
            let task = running.tasks.spawn(async move { sender.send(&own, claimed_at, marker).await });
            running.entries.insert(task.id(), entry);
        }
        Ok(turn)
    }

    /// The maximum time of a transaction. Its connection is closed afterwards.
    fn patience(&self) -> Duration {
        (self.sender.lease / 4).max(RECORDING)
    }

    async fn shut_down(&self, mut running: Running) {
        let grace = self.grace.min(self.sender.lease);
        let end = Instant::now() + grace;
        while !running.tasks.is_empty() && timeout_at(end, running.next(self)).await.is_ok() {
            running.drain(self);
            // The process may be killed before the last call ends, so outcomes are recorded at once. If that fails, it
            // is repeated below.
            let _ = self.turn(&mut running, 0).await;
        }
        running.tasks.abort_all();
        while !running.tasks.is_empty() {
            running.next(self).await;
        }
        let end = Instant::now() + grace.max(RECORDING);
        while !running.finished.is_empty() {
            let Err(error) = self.turn(&mut running, 0).await else { continue };
            if Instant::now() >= end {
                let entries = running.finished.len();
                tracing::warn!(%error, entries, "the outcomes of the last calls were not recorded");
                return;
            }
            sleep(DATABASE_PAUSE).await;
        }
    }
}

/// Converts a random number from 0 to 1 to a token, which JSON numbers represent exactly.
fn token(random: f64) -> i64 {
    i64::try_from(Duration::from_secs_f64(random.clamp(0.0, 1.0) * 9.0e6).as_nanos()).unwrap_or(i64::MAX)
}

impl Running {
    fn new(marker: Marker) -> Self {
        Self {
            tasks: JoinSet::new(),
            entries: HashMap::new(),
            finished: Vec::new(),
            streaks: HashMap::new(),
            cursors: Cursors::new(),
            marker,
        }
    }

    /// Waits for a call.
    async fn next(&mut self, worker: &Worker) {
        let result = self.tasks.join_next_with_id().await;
        self.ended(result, worker);
    }

    /// Takes all calls that have ended.
    fn drain(&mut self, worker: &Worker) {
        while let Some(result) = self.tasks.try_join_next_with_id() {
            self.ended(Some(result), worker);
        }
    }

    fn ended(&mut self, result: Option<Result<(Id, Sent), tokio::task::JoinError>>, worker: &Worker) {
        let (id, sent) = match result {
            None => return,
            Some(Ok((id, sent))) => (id, Ok(sent)),
            Some(Err(error)) => (error.id(), Err(error)),
        };
        let Some(entry) = self.entries.remove(&id) else { return };
        let outcome = match sent {
            Ok(Sent::Ended(result)) => self.outcome(result, &entry, worker),
            Ok(Sent::Invalid(error)) => Outcome::invalid(&error),
            Ok(Sent::LeaseExpired) => Outcome::canceled("the call took longer than its lease", &entry, &worker.policy),
            Err(error) if error.is_panic() => Outcome::canceled("the call panicked", &entry, &worker.policy),
            Err(_) => Outcome::released("the worker shut down"),
        };
        tracing::debug!(entry = entry.id, operation = entry.operation, target = outcome.target.name(), "a call ended");
        self.finished.push(Finished { entry, outcome });
    }

    fn outcome(&mut self, result: Result<(), talkable_api::Error>, entry: &Claimed, worker: &Worker) -> Outcome {
        let streak = self.streaks.entry(entry.site.clone()).or_default();
        let failures = streak.saturating_add(1);
        let outcome = Outcome::of(result, entry, failures, &worker.policy, (worker.random)());
        match outcome.signal {
            Signal::Responded => *streak = 0,
            Signal::Failed { .. } | Signal::Nothing if outcome.is_site_failure() => *streak = failures,
            Signal::Failed { .. } | Signal::Nothing | Signal::Throttled { .. } => {}
        }
        outcome
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Worker");
        shown.field("concurrency", &self.concurrency).field("lease", &self.sender.lease).finish_non_exhaustive()
    }
}
