//! A SQLite database after a power failure, and after kills at random moments.
//!
//! A test can't cut the power. It copies the files of a running database instead, and takes away from the copy what a disk may lose:
//! a part of the write-ahead log after the last commit that was acknowledged. It trusts `fsync`, so it can't show that a disk
//! keeps what it acknowledges.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use talkable_outbox::sqlx;
use talkable_outbox::sqlx::sqlite::SqlitePoolOptions;

use crate::api;
use crate::backend;
use crate::child::test;
use crate::support::{Database, Running, purchase, refund, worker};

const DATABASE: &str = "OUTBOX_TEST_POWER";

/// Adds orders in pairs until the process is killed, and prints the number of each order after its commit.
#[tokio::test]
async fn adds_orders() {
    let Ok(location) = std::env::var(DATABASE) else { return };
    let database = Database::open(&location).await;
    let first = database.count("SELECT count(*) FROM talkable_outbox").await / 2;
    for order in first.. {
        let order = order.to_string();
        database.add_all(&[purchase(&order).dedup(&*order), refund(&order)]).await;
        println!("order {order}");
    }
}

/// Checks that a database is intact, and that it contains the acknowledged orders and no half ones.
async fn check(location: &str, acknowledged: &[i64]) {
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(backend::options(location)).await.unwrap();
    let integrity: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.unwrap();
    assert_eq!(integrity, "ok");
    let orders = "SELECT CAST(key AS INTEGER) FROM talkable_outbox GROUP BY key HAVING count(*) = 2";
    let orders: std::collections::HashSet<i64> =
        sqlx::query_scalar(orders).fetch_all(&pool).await.unwrap().into_iter().collect();
    let entries: i64 = sqlx::query_scalar("SELECT count(*) FROM talkable_outbox").fetch_one(&pool).await.unwrap();
    assert_eq!(usize::try_from(entries).unwrap(), 2 * orders.len(), "transactions are complete");
    let lost: Vec<_> = acknowledged.iter().filter(|order| !orders.contains(order)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    pool.close().await;
}

#[tokio::test]
async fn no_acknowledged_entry_is_lost_when_writers_are_killed() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let mut random = fastrand::Rng::new();
    for _ in 0..20 {
        let mut command = test("power::adds_orders");
        let mut child = command.env(DATABASE, &database.location).stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let seen = Arc::clone(&acknowledged);
        let reader = std::thread::spawn(move || {
            let lines = output.lines().map_while(Result::ok);
            let orders = lines.filter_map(|line| line.rsplit_once("order ").and_then(|(_, order)| order.parse().ok()));
            orders.for_each(|order: i64| seen.lock().unwrap().push(order));
        });
        tokio::time::sleep(Duration::from_millis(random.u64(50..200))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        let orders = acknowledged.lock().unwrap().clone();
        check(&database.location, &orders).await;
    }
    let orders = acknowledged.lock().unwrap().len();
    assert!(orders > 20, "{orders}");
    let running = Running::start(worker(&database.outbox, server.url()));
    database.drained().await;
    running.stop().await;
    assert!(processed.len() >= 2 * orders && processed.twice().is_empty());
}

/// The state of the disk after a power failure at a random moment.
struct Snapshot {
    acknowledged: Vec<i64>,
    database: Vec<u8>,
    log: Vec<u8>,
    /// The length of the log that was certainly on the disk.
    synced: usize,
}

/// Copies the files while others write, or returns `None` if the log was restarted in the meantime: then the copies do not belong
/// together. Checkpoints may write to the database meanwhile, because the log contains the same pages.
fn take_snapshot(location: &str, acknowledged: &Mutex<Vec<i64>>) -> Option<Snapshot> {
    let path = PathBuf::from(format!("{location}-wal"));
    let acknowledged = acknowledged.lock().unwrap().clone();
    let before = std::fs::read(&path).ok()?;
    let database = std::fs::read(location).ok()?;
    let log = std::fs::read(&path).ok()?;
    let header = |log: &[u8]| log.get(..32).map(<[u8]>::to_vec);
    let is_same = header(&before).is_some() && header(&before) == header(&log);
    is_same.then(|| Snapshot { acknowledged, database, synced: end_of_commits(&before), log })
}

/// The end of the last commit in a log. The log may contain frames of an older generation behind it.
fn end_of_commits(log: &[u8]) -> usize {
    let salt = &log[16..24];
    let mut end = 32;
    for (index, frame) in log[32..].chunks_exact(24 + 4096).enumerate() {
        if &frame[8..16] != salt {
            break;
        }
        // The size of the database after a commit; zero in other frames.
        if frame[4..8] != [0; 4] {
            end = 32 + (index + 1) * (24 + 4096);
        }
    }
    end
}

#[tokio::test]
async fn no_acknowledged_entry_is_lost_when_the_power_fails() {
    let database = Database::new().await;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let is_stopped = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (location, seen, stopped) = (database.location.clone(), Arc::clone(&acknowledged), Arc::clone(&is_stopped));
    // The writer has a thread of its own, so that snapshots interrupt it anywhere.
    let writer = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = Database::open(&location).await;
            for order in 0_i64.. {
                if stopped.load(std::sync::atomic::Ordering::SeqCst) {
                    break;
                }
                let text = order.to_string();
                database.add_all(&[purchase(&text).dedup(&*text), refund(&text)]).await;
                seen.lock().unwrap().push(order);
            }
        });
    });
    let mut random = fastrand::Rng::new();
    let mut torn = 0;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(random.u64(5..60))).await;
        let Some(mut snapshot) = take_snapshot(&database.location, &acknowledged) else { continue };
        let end = end_of_commits(&snapshot.log).max(snapshot.synced);
        // Frames may have been written only in part, or in another order.
        if end > snapshot.synced {
            let cut = random.usize(snapshot.synced..end);
            let tail = &mut snapshot.log[cut..];
            tail.fill_with(|| random.u8(..));
            torn += 1;
        }
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("shop.db");
        write(&copy, &snapshot);
        check(copy.to_str().unwrap(), &snapshot.acknowledged).await;
    }
    is_stopped.store(true, std::sync::atomic::Ordering::SeqCst);
    writer.join().unwrap();
    println!("{} orders, {torn} torn logs", acknowledged.lock().unwrap().len());
    assert!(acknowledged.lock().unwrap().len() > 50);
}

fn write(copy: &Path, snapshot: &Snapshot) {
    std::fs::write(copy, &snapshot.database).unwrap();
    std::fs::write(format!("{}-wal", copy.display()), &snapshot.log).unwrap();
}
