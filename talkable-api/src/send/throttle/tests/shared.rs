//! Tests for throttles that share a store.

use std::future::pending;

use super::*;
use crate::send::throttle::store::{MemoryStore, Snapshot, StoreFuture, Swap};

fn shared(store: &Arc<impl SharedStore>) -> Arc<Throttle> {
    Throttle::shared(Limits::default(), Arc::clone(store) as Arc<dyn SharedStore>, "site".to_owned())
}

/// Makes calls for some time, one after another. Each takes 50 ms.
async fn call_for(throttle: &Throttle, time: Duration) -> usize {
    let (began, mut calls) = (Instant::now(), 0);
    while began.elapsed() < time {
        let now = Instant::now();
        let permit = throttle.enter(now, now + SECOND * 300).await.expect("there is enough time");
        sleep(SECOND / 20).await;
        permit.ended(End::Accepted, 0.5);
        calls += 1;
    }
    calls
}

#[tokio::test(start_paused = true)]
async fn one_429_pauses_both_throttles() {
    let store = Arc::new(MemoryStore::new());
    let (one, other) = (shared(&store), shared(&store));
    tokio::join!(call_for(&one, SECOND * 2), call_for(&other, SECOND * 2));
    let fleet = other.status().fleet.expect("the store is shared");
    assert_eq!((fleet.is_connected, fleet.members, fleet.rate), (true, 2, None));

    let now = Instant::now();
    one.enter(now, now).await.expect("a slot is free").ended(refused(SECOND * 20), 0.5);
    // The other throttle reads the store once per second.
    call_for(&other, SECOND * 2).await;
    let from = Instant::now();
    assert!((SECOND * 18..SECOND * 21).contains(&now.elapsed()), "{:?}", now.elapsed());
    assert!(one.status().fleet.is_some_and(|fleet| fleet.rate.is_some()));
    assert!(other.status().pace.is_some() && from.elapsed() < SECOND);
}

/// A store that is not available, in one of several ways.
#[derive(Debug)]
enum Unavailable {
    Hangs,
    Fails,
    Panics,
}

impl SharedStore for Unavailable {
    fn load<'a>(&'a self, _: &'a str) -> StoreFuture<'a, Snapshot> {
        match self {
            Self::Hangs => Box::pin(pending()),
            Self::Fails => Box::pin(async { Err("unavailable".into()) }),
            Self::Panics => panic!("a defect of the store"),
        }
    }

    fn compare_and_set<'a>(&'a self, _: &'a str, _: u64, _: &'a [u8]) -> StoreFuture<'a, Swap> {
        unreachable!("nothing was loaded")
    }
}

#[tokio::test(start_paused = true)]
async fn an_unavailable_store_delays_no_call_by_more_than_50_milliseconds() {
    for store in [Unavailable::Hangs, Unavailable::Fails, Unavailable::Panics] {
        let throttle = shared(&Arc::new(store));
        let calls = (0..16).map(|_| {
            let throttle = Arc::clone(&throttle);
            tokio::spawn(async move {
                let now = Instant::now();
                let permit = throttle.enter(now, now + SECOND).await.expect("there is enough time");
                let waited = now.elapsed();
                sleep(SECOND).await;
                permit.ended(End::Accepted, 0.5);
                waited
            })
        });
        for call in calls.collect::<Vec<_>>() {
            let waited = call.await.expect("no call panics");
            assert!(waited <= Duration::from_millis(51), "{waited:?}");
        }
        assert!(throttle.status().fleet.is_some_and(|fleet| !fleet.is_connected));
    }
}

/// Counts the operations of a store.
#[derive(Debug, Default)]
struct Counted(MemoryStore, AtomicUsize);

impl SharedStore for Counted {
    fn load<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Snapshot> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.load(key)
    }

    fn compare_and_set<'a>(&'a self, key: &'a str, expected_version: u64, blob: &'a [u8]) -> StoreFuture<'a, Swap> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.compare_and_set(key, expected_version, blob)
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_throttle_leaves_the_fleet_and_the_store_alone() {
    let store = Arc::new(Counted::default());
    let (one, other) = (shared(&store), shared(&store));
    call_for(&one, SECOND * 10).await;
    let used = store.1.load(Ordering::Relaxed);
    assert!((5..40).contains(&used), "{used}");
    sleep(SECOND * 3).await;
    let used = store.1.load(Ordering::Relaxed);
    sleep(SECOND * 600).await;
    assert_eq!(store.1.load(Ordering::Relaxed), used);
    call_for(&other, SECOND * 3).await;
    assert_eq!(other.status().fleet.map(|fleet| fleet.members), Some(1));
    drop(one);
}
