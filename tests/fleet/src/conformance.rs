//! Tests of every store: in memory, Valkey, Redis and PostgreSQL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use talkable_api::throttle::{MemoryStore, SharedStore, Snapshot, Swap};
use talkable_outbox::sqlx::postgres::PgPoolOptions;
use talkable_outbox::sqlx::{self, PgPool};
use talkable_outbox::{Outbox, ThrottleStore};
use talkable_throttle_redis::RedisStore;
use talkable_throttle_redis::redis::cluster::ClusterClient;
use talkable_throttle_redis::redis::{self, Client, TlsCertificates};

use crate::servers::{postgres, redis as redis_server};

/// The longest time in which a store that is not available may fail.
const BOUND: Duration = Duration::from_secs(5);

type Store = Arc<dyn SharedStore>;

async fn load(store: &Store, key: &str) -> Snapshot {
    store.load(key).await.unwrap()
}

/// Writes a value and returns its version.
async fn write(store: &Store, key: &str, expected: u64, value: &[u8]) -> u64 {
    match store.compare_and_set(key, expected, value).await.unwrap() {
        Swap::Stored { version, .. } => version,
        Swap::Refused(current) => panic!("version {} is not {expected}", current.version),
    }
}

/// Writes a value with a wrong version and returns the current one.
async fn lose(store: &Store, key: &str, expected: u64) -> Snapshot {
    match store.compare_and_set(key, expected, b"loser").await.unwrap() {
        Swap::Stored { .. } => panic!("version {expected} is not current"),
        Swap::Refused(current) => current,
    }
}

/// Checks a store. `open` opens it as another process would, and `clear` deletes all values.
async fn check(open: impl AsyncFn() -> Store, clear: impl AsyncFn()) {
    let store = open().await;
    let absent = load(&store, "first").await;
    assert_eq!((absent.version, &absent.blob[..]), (0, &b""[..]));
    let first = write(&store, "first", 0, b"one").await;
    let second = write(&store, "first", first, b"two").await;
    assert!(first > 0 && second > first);

    // Whether the expected version is older, newer or none, the loser gets the value of the winner.
    let other = open().await;
    for wrong in [0, first, second + 1, u64::MAX] {
        let current = lose(&other, "first", wrong).await;
        assert_eq!((current.version, &current.blob[..]), (second, &b"two"[..]));
    }
    assert_eq!(lose(&other, "second", first).await.version, 0);
    assert_eq!(load(&store, "second").await.version, 0);

    let big: Vec<u8> = (0..65_536_u32).map(|number| number.to_le_bytes()[0]).collect();
    let third = write(&store, "first", second, &big).await;
    let current = load(&other, "first").await;
    assert_eq!(current.version, third);
    assert!(current.blob == big, "a value of 64 KiB is returned unchanged");
    write(&store, "empty ' \u{1F600}", 0, b"").await;
    assert_ne!(load(&other, "empty ' \u{1F600}").await.version, 0);

    check_clock(&store, &other).await;
    check_races(&open).await;

    clear().await;
    let gone = lose(&store, "first", third).await;
    assert_eq!((gone.version, &gone.blob[..]), (0, &b""[..]));
    assert!(write(&other, "first", 0, b"new").await > third, "a version is never used again");
}

/// Checks that all operations return the same clock.
async fn check_clock(store: &Store, other: &Store) {
    let mut last = Duration::ZERO;
    let mut version = 0;
    for _ in 0..20 {
        let loaded = load(store, "clock").await.now;
        let Swap::Stored { version: stored, now } = other.compare_and_set("clock", version, b"x").await.unwrap() else {
            panic!("there is no other writer")
        };
        let refused = lose(store, "clock", version).await.now;
        assert!(last <= loaded && loaded <= now && now <= refused, "{last:?} {loaded:?} {now:?} {refused:?}");
        (version, last) = (stored, refused);
    }
    let began = load(store, "clock").await.now;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let passed = load(store, "clock").await.now.saturating_sub(began);
    assert!(passed >= Duration::from_millis(90), "{passed:?}");
    assert!(began > Duration::from_secs(1_700_000_000), "{began:?} is a time since the Unix epoch");
}

/// Checks that 16 processes that increment a number at the same time lose no increment.
async fn check_races(open: &impl AsyncFn() -> Store) {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = open().await;
        tasks.spawn(async move {
            for _ in 0..5 {
                let mut current = load(&store, "number").await;
                loop {
                    let number = String::from_utf8(current.blob).unwrap().parse().unwrap_or(0_u32) + 1;
                    let value = number.to_string();
                    match store.compare_and_set("number", current.version, value.as_bytes()).await.unwrap() {
                        Swap::Stored { .. } => break,
                        Swap::Refused(winner) => {
                            assert!(winner.version > current.version, "the winner's value is newer");
                            current = winner;
                        }
                    }
                }
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(load(&open().await, "number").await.blob, b"80");
}

/// Checks that a store fails within [`BOUND`] while its server is stopped, and works again later.
async fn check_restart(store: &Store, stop: impl FnOnce(), start: impl AsyncFnOnce()) {
    write(store, "site", 0, b"before").await;
    stop();
    // The server ends a moment later.
    tokio::time::sleep(Duration::from_millis(300)).await;
    for _ in 0..3 {
        let began = Instant::now();
        assert!(store.load("site").await.is_err());
        assert!(store.compare_and_set("site", 0, b"lost").await.is_err());
        assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    }
    start().await;
    let began = Instant::now();
    while store.load("site").await.is_err() {
        assert!(began.elapsed() < BOUND, "the store works again");
    }
    let current = load(store, "site").await;
    write(store, "site", current.version, b"after").await;
}

fn redis_store(url: &str) -> Store {
    Arc::new(RedisStore::open(url).unwrap())
}

async fn redis_connection(url: &str) -> redis::aio::MultiplexedConnection {
    Client::open(url).unwrap().get_multiplexed_async_connection().await.unwrap()
}

fn postgres_store(pool: PgPool) -> Store {
    Arc::new(ThrottleStore::new(pool))
}

async fn postgres_pool(url: &str) -> PgPool {
    PgPoolOptions::new().max_connections(2).connect(url).await.unwrap()
}

async fn postgres_server() -> (postgres::Server, PgPool) {
    let server = postgres::Server::start();
    server.ready().await;
    let pool = postgres_pool(&server.url).await;
    Outbox::postgres(pool.clone()).migrate().await.unwrap();
    (server, pool)
}

#[tokio::test]
async fn the_store_in_memory_conforms() {
    let memory = Arc::new(MemoryStore::new());
    let store: Store = memory.clone();
    check(async || store.clone(), async || memory.clear()).await;
}

#[tokio::test]
async fn valkey_and_redis_conform() {
    let programs = redis_server::installed();
    assert!(!programs.is_empty(), "Valkey or Redis is installed (package redis-server)");
    for program in programs {
        let server = redis_server::Server::start_program(program, "");
        server.ready().await;
        let clear = async || {
            let mut connection = redis_connection(&server.url).await;
            // The server also loses its scripts when it is restarted.
            redis::cmd("SCRIPT").arg("FLUSH").exec_async(&mut connection).await.unwrap();
            redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
        };
        check(async || redis_store(&server.url), clear).await;

        let mut connection = redis_connection(&server.url).await;
        let seconds = redis::cmd("TTL").arg("first").query_async(&mut connection).await;
        assert_eq!(
            seconds.map(|seconds: i64| (86_000..=86_400).contains(&seconds)),
            Ok(true),
            "keys expire after a day"
        );
    }
}

#[tokio::test]
async fn a_server_with_tls_conforms() {
    let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [certificate_file, key_file] = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    std::fs::write(&certificate_file, certificate.cert.pem()).unwrap();
    std::fs::write(&key_file, certificate.signing_key.serialize_pem()).unwrap();
    let port = redis_server::free_port();
    let options = format!(
        "--tls-port {port} --tls-auth-clients no --tls-cert-file {} --tls-key-file {}",
        certificate_file.display(),
        key_file.display()
    );
    let program = redis_server::installed().into_iter().next().unwrap();
    let server = redis_server::Server::start_program(program, &options);
    server.ready().await;

    let url = format!("rediss://127.0.0.1:{port}");
    let certificates = TlsCertificates { client_tls: None, root_cert: Some(certificate.cert.pem().into_bytes()) };
    let client = Client::build_with_tls(url.as_str(), certificates).unwrap();
    // Many handshakes at the same time would exceed the timeouts in a debug build.
    let store: Store = Arc::new(RedisStore::open(client.get_connection_info().clone()).unwrap());
    let clear = async || redis::cmd("FLUSHALL").exec_async(&mut redis_connection(&server.url).await).await.unwrap();
    check(async || store.clone(), clear).await;

    // The certificate is not from an authority that the system trusts.
    assert!(redis_store(&url).load("first").await.is_err());
}

#[tokio::test]
async fn a_cluster_conforms() {
    // A single node can be a cluster.
    let program = redis_server::installed().into_iter().next().unwrap();
    let server = redis_server::Server::start_program(program, "--cluster-enabled yes");
    server.ready().await;
    let mut connection = redis_connection(&server.url).await;
    redis::cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(0).arg(16_383).exec_async(&mut connection).await.unwrap();
    let began = Instant::now();
    while redis::cmd("GET").arg("key").exec_async(&mut connection).await.is_err() {
        assert!(began.elapsed() < BOUND, "the cluster is available");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let cluster = ClusterClient::new([server.url.as_str()]).unwrap();
    let open = async || {
        let store: Store = Arc::new(RedisStore::new(cluster.get_async_connection().await.unwrap()));
        store
    };
    let clear = async || redis::cmd("FLUSHALL").exec_async(&mut redis_connection(&server.url).await).await.unwrap();
    check(open, clear).await;
}

#[tokio::test]
async fn postgres_conforms() {
    let (server, pool) = postgres_server().await;
    let clear = async || {
        sqlx::query("TRUNCATE talkable_throttle").execute(&pool).await.unwrap();
    };
    check(async || postgres_store(postgres_pool(&server.url).await), clear).await;
}

#[tokio::test]
async fn valkey_and_redis_recover_from_a_crash() {
    let server = redis_server::Server::start();
    server.ready().await;
    let start = async || {
        server.start_again();
        server.ready().await;
    };
    check_restart(&redis_store(&server.url), || server.stop(), start).await;
}

#[tokio::test]
async fn postgres_recovers_from_a_crash() {
    let (server, pool) = postgres_server().await;
    let store = postgres_store(pool);
    let start = async || {
        server.start_again();
        server.ready().await;
    };
    check_restart(&store, || server.stop(), start).await;
}

#[tokio::test]
async fn postgres_uses_one_connection_and_does_not_wait_for_locks() {
    let (server, pool) = postgres_server().await;
    let store = postgres_store(postgres_pool(&server.url).await);
    let version = write(&store, "site", 0, b"one").await;
    let loads = (0..16).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.load("site").await.unwrap().version })
    });
    for task in loads.collect::<Vec<_>>() {
        assert_eq!(task.await.unwrap(), version);
    }
    let connections =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%talkable_throttle%' AND pid <> pg_backend_pid()";
    assert_eq!(sqlx::query_scalar::<_, i64>(connections).fetch_one(&pool).await.unwrap(), 1);

    let mut transaction = pool.begin().await.unwrap();
    sqlx::query("SELECT FROM talkable_throttle FOR UPDATE").execute(&mut *transaction).await.unwrap();
    let began = Instant::now();
    assert!(store.compare_and_set("site", version, b"two").await.is_err());
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
    assert_eq!(load(&store, "site").await.blob, b"one");
    drop(transaction);
    write(&store, "site", version, b"two").await;
}
