//! The background thread, which serves the connections. Calls are polled by the threads that wait for them.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::{Builder, Handle};
use tokio::task::coop;

use crate::error::{Error, InvalidError};

/// A number of operations that exceeds the cooperative budget of a Tokio task, which is 128.
const MORE_THAN_ANY_BUDGET: usize = 1_024;

/// The background runtime, started by the first call to `wait`.
static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);

/// A handle to the background runtime, for a thread that may block.
#[derive(Clone, Debug)]
pub(super) struct Runtime {
    handle: Handle,
}

impl Runtime {
    /// Returns the handle, after starting the background thread if necessary. Returns an error in a Tokio task, because tasks must
    /// not block.
    pub(super) fn get() -> Result<Self, Error> {
        if is_inside_task() {
            return Err(InvalidError::new(
                "wait()",
                "would block the current Tokio task; help: await the call, or use `tokio::task::spawn_blocking`",
            )
            .into());
        }
        let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = runtime.as_ref() {
            return Ok(Self { handle: handle.clone() });
        }
        let failed = |_| InvalidError::new("wait()", "could not start the background thread");
        Ok(Self { handle: runtime.insert(start().map_err(failed)?).clone() })
    }

    /// Polls a future on this thread until it completes. Its connections, and tasks that it spawns, run on the background
    /// thread.
    pub(super) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let _context = self.handle.enter();
        let caller = Arc::new(Caller { thread: thread::current(), is_woken: AtomicBool::new(false) });
        let waker = Waker::from(Arc::clone(&caller));
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            // The flag is necessary because a user's hook may park this thread, and thereby consume the token left by `unpark`.
            while !caller.is_woken.swap(false, Ordering::Acquire) {
                thread::park();
            }
        }
    }
}

/// A blocked thread. Waking it unparks the thread.
struct Caller {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Starts the background thread. The thread never stops, because it serves pooled connections. While idle, it uses no CPU time.
fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("talkable-api".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}

/// Whether this thread is polling a Tokio task.
///
/// `Handle::try_current` cannot be used, because it succeeds in `spawn_blocking` and `block_in_place`, where blocking is
/// allowed. However, only a task that is being polled has a limited cooperative budget, so this function checks whether the
/// budget can be used up. As a side effect, the task yields earlier.
fn is_inside_task() -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    let mut spend_budget = pin!(async {
        for _ in 0..MORE_THAN_ANY_BUDGET {
            coop::consume_budget().await;
        }
    });
    spend_budget.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    fn is_rejected() -> bool {
        match Runtime::get() {
            Err(Error::Invalid(error)) => error.reason().contains("spawn_blocking"),
            Err(error) => panic!("{error}"),
            Ok(_) => false,
        }
    }

    #[test]
    fn allows_waiting_in_threads_but_not_in_tasks() {
        assert!(!is_rejected());
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        {
            let _context = runtime.enter();
            assert!(!is_rejected());
        }
        runtime.block_on(async {
            assert!(is_rejected());
            assert!(tokio::spawn(async { is_rejected() }).await.unwrap());
            assert!(!tokio::task::spawn_blocking(is_rejected).await.unwrap());
            assert!(!tokio::task::block_in_place(is_rejected));
        });
        runtime.block_on(async {
            let local = tokio::task::LocalSet::new();
            assert!(local.run_until(poll_fn(|_| Poll::Ready(is_rejected()))).await);
            assert!(local.run_until(async { tokio::task::spawn_local(async { is_rejected() }).await }).await.unwrap());
        });
        assert!(!is_rejected());
    }

    #[test]
    fn waiting_blocks_an_unconstrained_task() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let waited = runtime.block_on(coop::unconstrained(async {
            Runtime::get()
                .map(|runtime| runtime.block_on(async { tokio::time::sleep(Duration::from_millis(10)).await }))
        }));
        assert!(waited.is_ok());
    }

    #[test]
    fn checking_for_a_task_has_no_lasting_effect() {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            assert!(is_rejected());
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert!(is_rejected());
        });
    }

    #[test]
    fn nested_waits_do_not_lose_wake_ups() {
        let runtime = Runtime::get().unwrap();
        let mut is_first = true;
        runtime.block_on(poll_fn(|context| {
            if !std::mem::take(&mut is_first) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Runtime::get().unwrap().block_on(async { tokio::time::sleep(Duration::from_millis(5)).await });
            Poll::Pending
        }));
    }

    #[test]
    fn many_threads_share_the_background_thread() {
        let threads: Vec<_> = (0..16)
            .map(|number| {
                thread::spawn(move || {
                    Runtime::get().unwrap().block_on(async move {
                        tokio::time::sleep(Duration::from_millis(number)).await;
                        tokio::spawn(async { thread::current().name().map(str::to_owned) }).await.unwrap()
                    })
                })
            })
            .collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap().as_deref(), Some("talkable-api"));
        }
    }
}
