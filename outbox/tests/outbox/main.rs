//! Tests of the outbox with a fake API, on SQLite. `tests/postgres` runs the same modules on PostgreSQL, and adds its own.
//!
//! The failures that the tests cause:
//!
//! | failure | module |
//! |---|---|
//! | a transaction that enqueues is rolled back | `deliver` |
//! | a process is killed right before or right after the COMMIT of an entry | `enqueue` |
//! | transactions and processes enqueue the same key at the same time | `deliver`, `enqueue` |
//! | plain SQL enqueues entries, or incomplete ones | `schema` |
//! | a worker is killed at each of the seven points of `victim` | `crash` |
//! | a worker is killed while calls wait in the queue of the throttle | `crash` |
//! | the reply to the COMMIT of a claim, an outcome or an entry, or to a mark, is lost | `postgres/lost_commit` |
//! | several workers end the same leases, or pause the same sites, at the same time | `postgres/concurrent` |
//! | PostgreSQL stops immediately and starts again | `postgres/restart`, `chaos` |
//! | all connections of the pool are in use | `exhaust` |
//! | a worker is suspended at each of the seven points, and its lease expires | `suspend` |
//! | a mark hangs until the lease has expired | `suspend` |
//! | a suspended worker claims its own entry again | `suspend`, unit tests of `turn` |
//! | SQLite is busy, has a long reader or writer, or is full | `storage` |
//! | writers are killed at random moments, or the power fails | `power` |
//! | a second process uses the SQLite file | `enqueue`, `versions`, `chaos` |
//! | the clock is set back | unit tests of `turn` |
//! | 429 for all requests, `Retry-After` of seven seconds and of an hour | `faults` |
//! | 5xx and lost responses, of which half were processed | `checkout`, `chaos` |
//! | a 2xx response that can't be read | `faults` |
//! | 401 and 403 | `deliver` |
//! | an outage with many waiting entries | `load` |
//! | the first entry of a key is retried, dead, doubtful, or retried by an operator | `order`, `deliver` |
//! | pairs of entries from one transaction | `deliver` |
//! | a key with many entries | `load` |
//! | connections and processes migrate at the same time, or are killed meanwhile | `schema`, `versions` |
//! | two versions work together, or are incompatible | `versions`, `schema` |
//! | a process with 16 calls in flight gets a SIGTERM | `shutdown` |
//! | a call panics, or takes longer than its lease | `load` |
//! | copies of a webhook arrive at the same time | `inbox/receive` |
//! | a process is killed between storing a webhook and the reply, or while it applies it | `inbox/crash`, `inbox/receive` |
//! | a webhook always fails, or always kills its process | `inbox/receive`, `inbox/crash` |
//! | a generic plan of PostgreSQL | `postgres/claim` |
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod api;
mod backend;
mod chaos;
mod checkout;
mod child;
mod crash;
mod deliver;
mod enqueue;
mod exhaust;
mod faults;
mod idle;
mod load;
mod order;
mod power;
mod schema;
mod shutdown;
mod storage;
mod support;
mod suspend;
mod versions;
mod victim;
