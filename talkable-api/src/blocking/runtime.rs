//! The one thread on which connections are served while callers wait on threads of their own.

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

/// More than any runtime lets a task do before it has to give way; Tokio's own number is 128.
const MORE_THAN_ANY_BUDGET: usize = 1_024;

/// The runtime, as soon as anybody has waited.
static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);

/// A place where waiting is allowed.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    runtime: Handle,
}

impl Waiting {
    /// Fails where waiting would hold up other tasks, and if there is no thread to be had.
    pub(super) fn allowed() -> Result<Self, Error> {
        if is_inside_task() {
            return Err(InvalidError::new(
                "the place of wait()",
                "it is inside an asynchronous task, which waiting would hold up; await there, or wait in \
                 tokio::task::spawn_blocking",
            )
            .into());
        }
        let mut runtime = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = runtime.as_ref() {
            return Ok(Self { runtime: runtime.clone() });
        }
        let unfit = |_| InvalidError::new("the place of wait()", "the system refuses a thread to wait with");
        Ok(Self { runtime: runtime.insert(start().map_err(unfit)?).clone() })
    }

    /// Runs a future on this thread, and what it spawns and connects on the thread of the runtime.
    pub(super) fn on<T>(&self, future: impl Future<Output = T>) -> T {
        let _context = self.runtime.enter();
        let caller = Arc::new(Caller { thread: thread::current(), is_called: AtomicBool::new(false) });
        let waker = Waker::from(Arc::clone(&caller));
        let mut future = pin!(future);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            // A thread has one token only, which a hook may have taken that waited for something of its own.
            while !caller.is_called.swap(false, Ordering::Acquire) {
                thread::park();
            }
        }
    }
}

/// A thread that waits.
struct Caller {
    thread: Thread,
    is_called: AtomicBool,
}

impl Wake for Caller {
    fn wake(self: Arc<Self>) {
        self.is_called.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// It lives as long as the process: it costs nothing while nobody waits, and ending it would break what is pooled.
fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new().name("talkable-api".to_owned()).spawn(move || runtime.block_on(pending::<()>()))?;
    Ok(handle)
}

/// Whether this thread is polling a task of Tokio's.
///
/// A handle of the runtime is at hand in `spawn_blocking` and `block_in_place` too, where waiting is allowed. But only a
/// task that is being polled has a budget, after which it has to give way, so that is what is looked for. The budget is
/// used up on the way, which makes the task give way earlier and is all that it costs.
fn is_inside_task() -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    let mut spending = pin!(async {
        for _ in 0..MORE_THAN_ANY_BUDGET {
            coop::consume_budget().await;
        }
    });
    spending.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    fn is_refused() -> bool {
        match Waiting::allowed() {
            Err(Error::Invalid(error)) => error.reason().contains("spawn_blocking"),
            Err(error) => panic!("{error}"),
            Ok(_) => false,
        }
    }

    #[test]
    fn threads_may_wait_and_tasks_may_not() {
        assert!(!is_refused());
        let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        {
            let _context = runtime.enter();
            assert!(!is_refused());
        }
        runtime.block_on(async {
            assert!(is_refused());
            assert!(tokio::spawn(async { is_refused() }).await.unwrap());
            assert!(!tokio::task::spawn_blocking(is_refused).await.unwrap());
            assert!(!tokio::task::block_in_place(is_refused));
        });
        runtime.block_on(async {
            let local = tokio::task::LocalSet::new();
            assert!(local.run_until(poll_fn(|_| Poll::Ready(is_refused()))).await);
            assert!(local.run_until(async { tokio::task::spawn_local(async { is_refused() }).await }).await.unwrap());
        });
        assert!(!is_refused());
    }

    #[test]
    fn a_task_that_hides_its_budget_is_held_up_but_nothing_panics() {
        let runtime = Builder::new_current_thread().build().unwrap();
        let waited = runtime.block_on(coop::unconstrained(async {
            Waiting::allowed().map(|waiting| waiting.on(async { tokio::time::sleep(Duration::from_millis(10)).await }))
        }));
        assert!(waited.is_ok());
    }

    #[test]
    fn a_refusal_leaves_the_task_as_it_was() {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            assert!(is_refused());
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert!(is_refused());
        });
    }

    #[test]
    fn a_wait_within_a_wait_swallows_no_wake() {
        let waiting = Waiting::allowed().unwrap();
        let mut is_first = true;
        waiting.on(poll_fn(|context| {
            if !std::mem::take(&mut is_first) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Waiting::allowed().unwrap().on(async { tokio::time::sleep(Duration::from_millis(5)).await });
            Poll::Pending
        }));
    }

    #[test]
    fn many_threads_wait_on_one() {
        let threads: Vec<_> = (0..16)
            .map(|number| {
                thread::spawn(move || {
                    Waiting::allowed().unwrap().on(async move {
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
