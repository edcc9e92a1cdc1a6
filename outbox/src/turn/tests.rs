//! Tests of turns with a clock of their own.
#![cfg(feature = "sqlite")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use super::{Cursors, Request, Turn, run};
use crate::claimed::Claimed;
use crate::database::Row;
use crate::entry::{Entry, State};
use crate::outbox::Outbox;
use crate::outcome::{Finished, Outcome, Signal, Target};
use crate::sql::{Sql, sql};

const STATES: Sql = sql! { "SELECT state FROM talkable_outbox ORDER BY id" };

const CHANGES: Sql = sql! { "SELECT total_changes()" };

const SEND: Sql = sql! { "UPDATE talkable_outbox SET state = 'sending'" };

const RESOLVE: Sql = sql! { "UPDATE talkable_outbox SET state = 'ready', blocks = 1" };

const LEASE: Duration = Duration::from_mins(1);

struct Test {
    outbox: Outbox,
    time: Arc<AtomicI64>,
    token: i64,
    cursors: Cursors,
}

impl Test {
    async fn new() -> Self {
        let options = SqliteConnectOptions::new().in_memory(true);
        // Each connection has a database of its own.
        let pool = sqlx::pool::PoolOptions::new().max_connections(1).connect_with(options);
        let pool: SqlitePool = pool.await.expect("a database in memory opens");
        let time = Arc::new(AtomicI64::new(1_800_000_000_000));
        let clock = Arc::clone(&time);
        let outbox = Outbox::sqlite(pool).clock(Arc::new(move || clock.load(Ordering::SeqCst)));
        outbox.migrate().await.expect("the tables are created");
        Self { outbox, time, token: 0, cursors: Cursors::new() }
    }

    async fn add(&self, key: &str) -> i64 {
        let json = r#"{"version": 1, "operation": "createOrigin", "site_slug": "my-store"}"#;
        let entry = Entry::from(serde_json::from_str::<talkable_api::StoredCall>(json).expect("a call")).key(key);
        let mut transaction = self.outbox.pool.begin().await.expect("a transaction");
        let ids = self.outbox.enqueue_all(transaction.connection(), &[entry]).await.expect("an entry");
        transaction.commit().await.expect("a commit");
        ids[0]
    }

    async fn turn(&mut self, finished: &[Finished], free: usize) -> Turn {
        self.token += 1;
        let request = Request { finished, free, lease: LEASE, token: self.token, poll: Duration::from_secs(5) };
        run(&self.outbox, &request, &mut self.cursors).await.expect("a turn")
    }

    async fn claim(&mut self) -> Vec<Claimed> {
        self.turn(&[], 10).await.claimed
    }

    fn wait(&self, duration: Duration) {
        self.time.fetch_add(crate::database::milliseconds(duration), Ordering::SeqCst);
    }

    /// The number of rows that the connection has changed.
    async fn changes(&self) -> Option<i64> {
        let rows = self.outbox.pool.fetch(&CHANGES, &[]).await.expect("a statement");
        rows[0].int(0).expect("a number")
    }

    async fn states(&self) -> Vec<State> {
        let rows = self.outbox.pool.fetch(&STATES, &[]).await.expect("a statement");
        let name = |row: &Row| row.text(0).expect("a text").unwrap_or_default();
        rows.iter().filter_map(|row| State::from_name(&name(row))).collect()
    }
}

fn finished(entry: &Claimed, target: Target) -> Finished {
    let outcome = Outcome { target, error: None, signal: Signal::Nothing, ..Outcome::released("") };
    Finished { entry: entry.clone(), outcome }
}

fn with_signal(entry: &Claimed, target: Target, signal: Signal) -> Finished {
    let Finished { entry, outcome } = finished(entry, target);
    Finished { entry, outcome: Outcome { signal, ..outcome } }
}

fn failed(entry: &Claimed, wait: Duration) -> Finished {
    let signal = Signal::Failed { wait, reason: "unavailable" };
    with_signal(entry, Target::Ready, signal)
}

#[tokio::test]
async fn a_success_is_recorded_after_the_lease_if_the_entry_was_not_claimed_again() {
    for is_sent in [false, true] {
        let mut test = Test::new().await;
        test.add("1").await;
        let claimed = test.claim().await;
        if is_sent {
            test.outbox.pool.execute(&SEND, &[]).await.expect("a statement");
        }
        test.wait(LEASE);
        test.turn(&[], 0).await;
        if is_sent {
            assert_eq!(test.states().await, [State::Doubtful]);
            // An operator resolves the entry as not processed.
            test.outbox.pool.execute(&RESOLVE, &[]).await.expect("a statement");
        }
        assert_eq!(test.states().await, [State::Ready]);
        // A failure shows nothing about a later attempt.
        test.turn(&[finished(&claimed[0], Target::Dead)], 0).await;
        assert_eq!(test.states().await, [State::Ready]);
        test.turn(&[finished(&claimed[0], Target::Done)], 0).await;
        assert_eq!(test.states().await, [State::Done]);
    }
}

#[tokio::test]
async fn a_worker_does_not_settle_an_entry_that_it_claimed_again() {
    let mut test = Test::new().await;
    test.add("1").await;
    let first = test.claim().await;
    test.wait(LEASE);
    let second = test.claim().await;
    assert_eq!((first[0].id, second.len()), (second[0].id, 1));
    test.turn(&[finished(&first[0], Target::Dead)], 0).await;
    assert_eq!(test.states().await, [State::Claimed]);
    test.turn(&[finished(&second[0], Target::Done)], 0).await;
    assert_eq!(test.states().await, [State::Done]);
}

#[tokio::test]
async fn claims_the_first_entry_of_each_key() {
    let mut test = Test::new().await;
    for key in ["1", "1", "2", "1"] {
        test.add(key).await;
    }
    let ids = |claimed: &[Claimed]| claimed.iter().map(|entry| entry.id).collect::<Vec<_>>();
    let first = test.claim().await;
    assert_eq!(ids(&first), [1, 3]);
    assert_eq!(ids(&test.claim().await), [0; 0]);
    let second = test.turn(&[finished(&first[0], Target::Done)], 10).await.claimed;
    assert_eq!(ids(&second), [2]);
    // The entry is dead, so the next one follows.
    let third = test.turn(&[finished(&second[0], Target::Dead)], 10).await.claimed;
    assert_eq!(ids(&third), [4]);
}

#[tokio::test]
async fn finds_all_keys_behind_one_with_many_entries() {
    let mut test = Test::new().await;
    for _ in 0..300 {
        test.add("hot").await;
    }
    // More keys than a turn searches, on both sides of the first one.
    let keys: Vec<_> = (0..700).flat_map(|number| [format!("a{number}"), format!("z{number}")]).collect();
    for key in &keys {
        test.add(key).await;
    }
    let (mut claimed, mut turns) = (0, 0);
    while claimed < keys.len() + 1 {
        let turn = test.turn(&[], 100).await;
        claimed += turn.claimed.len();
        turns += 1;
        assert!(turns < 50, "{claimed}");
    }
    assert_eq!(claimed, keys.len() + 1);
    // All keys are in flight, so the worker waits after it has searched all of them.
    let mut waits = Vec::new();
    while waits.last().is_none_or(|wait| *wait < Duration::from_secs(1)) {
        waits.push(test.turn(&[], 100).await.wait);
        assert!(waits.len() <= 3, "{waits:?}");
    }
}

#[tokio::test]
async fn searches_the_keys_again_until_nothing_can_be_claimed() {
    let mut test = Test::new().await;
    for _ in 0..300 {
        test.add("hot").await;
    }
    // The first entry stays in flight, so the others are behind it.
    assert_eq!(test.turn(&[], 1).await.claimed.len(), 1);
    for key in (0..32).chain(0..32) {
        test.add(&key.to_string()).await;
    }
    let (mut sent, mut done) = (0, Vec::new());
    loop {
        let turn = test.turn(&done, 16).await;
        sent += turn.claimed.len();
        if turn.claimed.is_empty() && turn.wait >= Duration::from_secs(1) {
            break;
        }
        done = turn.claimed.iter().map(|entry| finished(entry, Target::Done)).collect();
    }
    assert_eq!(sent, 64);
}

#[tokio::test]
async fn after_a_pause_one_worker_sends_one_entry() {
    let mut test = Test::new().await;
    for key in ["1", "2", "3"] {
        test.add(key).await;
    }
    let claimed = test.turn(&[], 1).await.claimed;
    let pause = Duration::from_secs(2);
    let turn = test.turn(&[failed(&claimed[0], pause)], 10).await;
    assert_eq!((turn.claimed.len(), turn.is_paused, turn.wait), (0, true, pause));
    test.wait(pause);
    let probe = test.claim().await;
    assert_eq!((probe.len(), probe[0].probe), (1, Some(1)));
    assert_eq!(test.claim().await.len(), 0);
    // The probe fails, so the next pause begins.
    assert_eq!(test.turn(&[failed(&probe[0], pause)], 10).await.claimed.len(), 0);
    test.wait(pause);
    let probe = test.claim().await;
    assert_eq!((probe.len(), probe[0].probe), (1, Some(2)));
    let mut succeeded = finished(&probe[0], Target::Done);
    succeeded.outcome.signal = Signal::Responded;
    assert_eq!(test.turn(&[succeeded], 10).await.claimed.len(), 2);
}

#[tokio::test]
async fn a_turn_after_a_pause_writes_nothing_if_all_entries_wait_for_others() {
    let mut test = Test::new().await;
    for key in ["1", "1", "2"] {
        test.add(key).await;
    }
    let claimed = test.claim().await;
    assert_eq!(claimed.len(), 2);
    let signal = Signal::Failed { wait: Duration::from_secs(1), reason: "unavailable" };
    test.turn(&[with_signal(&claimed[1], Target::Dead, signal)], 0).await;
    test.wait(Duration::from_secs(1));
    let before = test.changes().await;
    let turn = test.turn(&[], 10).await;
    assert_eq!((turn.claimed.len(), turn.wait), (0, Duration::from_secs(5)));
    assert_eq!(test.changes().await, before);
}

#[tokio::test]
async fn a_probe_without_a_valid_claim_does_not_end_the_pause() {
    let mut test = Test::new().await;
    for key in ["1", "2", "3"] {
        test.add(key).await;
    }
    let claimed = test.turn(&[], 1).await.claimed;
    test.turn(&[failed(&claimed[0], Duration::from_secs(1))], 0).await;
    test.wait(Duration::from_secs(1));
    let lost = test.claim().await;
    test.wait(LEASE);
    // Another worker makes the attempt.
    let probe = test.claim().await;
    assert_eq!((lost[0].id, probe[0].id, probe.len()), (1, 1, 1));
    let late = with_signal(&lost[0], Target::Done, Signal::Responded);
    assert_eq!(test.turn(&[late], 10).await.claimed.len(), 0);
    let succeeded = with_signal(&probe[0], Target::Done, Signal::Responded);
    assert_eq!(test.turn(&[succeeded], 10).await.claimed.len(), 2);
}

#[tokio::test]
async fn a_throttled_probe_is_followed_by_another_one() {
    let mut test = Test::new().await;
    for key in ["1", "2", "3"] {
        test.add(key).await;
    }
    let pause = Duration::from_secs(1);
    let claimed = test.turn(&[], 1).await.claimed;
    test.turn(&[failed(&claimed[0], pause)], 0).await;
    test.wait(pause);
    let probe = test.claim().await;
    test.turn(&[with_signal(&probe[0], Target::Ready, Signal::Throttled { wait: pause })], 0).await;
    test.wait(pause);
    let probe = test.claim().await;
    assert_eq!((probe.len(), probe[0].probe), (1, Some(1)));
}

#[tokio::test]
async fn a_lost_probe_is_repeated_after_its_lease() {
    let mut test = Test::new().await;
    test.add("1").await;
    let claimed = test.claim().await;
    test.turn(&[failed(&claimed[0], Duration::from_secs(1))], 0).await;
    test.wait(Duration::from_secs(1));
    assert_eq!(test.claim().await.len(), 1);
    test.wait(LEASE);
    assert_eq!(test.claim().await.len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_back_only_delays_entries() {
    let mut test = Test::new().await;
    test.add("1").await;
    let claimed = test.claim().await;
    let hour = 3_600_000;
    test.time.fetch_sub(hour, Ordering::SeqCst);
    assert_eq!(test.claim().await.len(), 0);
    let retry = finished(&claimed[0], Target::Ready);
    assert_eq!(test.turn(&[retry], 10).await.claimed.len(), 0);
    // New entries are due at once.
    test.add("2").await;
    assert_eq!(test.claim().await.len(), 1);
    // The lease of the second entry has expired.
    test.time.fetch_add(hour, Ordering::SeqCst);
    assert_eq!(test.claim().await.len(), 2);
}

#[tokio::test]
async fn outcomes_of_a_lost_commit_can_be_recorded_again() {
    let mut test = Test::new().await;
    test.add("1").await;
    test.add("1").await;
    let first = test.claim().await;
    let outcomes = [finished(&first[0], Target::Done)];
    let second = test.turn(&outcomes, 10).await.claimed;
    assert_eq!(second.len(), 1);
    test.turn(&outcomes, 10).await;
    assert_eq!(test.states().await, [State::Done, State::Claimed]);
}
