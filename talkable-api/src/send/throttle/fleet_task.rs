//! The task that connects a throttle to the store of its fleet.
//!
//! The task runs while there are calls. Calls never wait for it.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Poll, Waker};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::Throttle;
use super::member::{Completion, Operation, Step};
use super::store::SharedStore;

/// The connection of a throttle to a store.
pub(super) struct FleetTask {
    store: Arc<dyn SharedStore>,
    key: String,
    throttle: Weak<Throttle>,
    is_running: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl FleetTask {
    pub(super) fn new(store: Arc<dyn SharedStore>, key: String, throttle: Weak<Throttle>) -> Self {
        Self { store, key, throttle, is_running: AtomicBool::new(false), waker: Mutex::default() }
    }

    /// Starts the task, unless it is running.
    pub(super) fn start(&self) {
        if self.is_running.load(Ordering::Relaxed) || self.is_running.swap(true, Ordering::SeqCst) {
            return;
        }
        // A throttle used outside a Tokio runtime works without its fleet.
        let (Ok(runtime), Some(throttle)) = (Handle::try_current(), self.throttle.upgrade()) else {
            self.is_running.store(false, Ordering::SeqCst);
            return;
        };
        runtime.spawn(async move {
            if let Some(task) = &throttle.fleet_task {
                task.run(&throttle).await;
            }
        });
    }

    /// Makes the task take its next step without delay.
    pub(super) fn wake(&self) {
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        waker.into_iter().for_each(Waker::wake);
    }

    async fn run(&self, throttle: &Throttle) {
        let mut running = Running { task: self, throttle, has_ended: false };
        loop {
            match throttle.fleet_step() {
                Step { operation: Some(operation), timeout, wake } => {
                    let completion = self.operate(throttle, operation, timeout, wake).await;
                    throttle.fleet_complete(completion);
                }
                Step { operation: None, wake: Some(wake), .. } => self.sleep(throttle, throttle.origin + wake).await,
                Step { operation: None, wake: None, .. } => {
                    self.is_running.store(false, Ordering::SeqCst);
                    // A call that began in between has not started another task.
                    let is_idle = throttle.fleet_is_idle();
                    if is_idle || self.is_running.swap(true, Ordering::SeqCst) {
                        running.has_ended = true;
                        return;
                    }
                }
            }
        }
    }

    async fn operate(
        &self,
        throttle: &Throttle,
        operation: Operation,
        limit: Duration,
        mut wake: Option<Duration>,
    ) -> Completion {
        let mut execution = pin!(timeout(limit, self.execute(operation)));
        loop {
            let Some(at) = wake else { return execution.await.unwrap_or(Completion::Failed) };
            match timeout_at(throttle.origin + at, &mut execution).await {
                Ok(completion) => return completion.unwrap_or(Completion::Failed),
                Err(_) => wake = throttle.fleet_step().wake,
            }
        }
    }

    async fn execute(&self, operation: Operation) -> Completion {
        match operation {
            Operation::Load => self.store.load(&self.key).await.map_or(Completion::Failed, Completion::Loaded),
            Operation::Swap { expected, blob } => {
                let swap = self.store.compare_and_set(&self.key, expected, &blob).await;
                swap.map_or(Completion::Failed, Completion::Swapped)
            }
        }
    }

    async fn sleep(&self, throttle: &Throttle, until: Instant) {
        let mut sleep = pin!(sleep_until(until));
        poll_fn(|context| {
            *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(context.waker().clone());
            if throttle.lock().is_urgent() { Poll::Ready(()) } else { sleep.as_mut().poll(context) }
        })
        .await;
    }
}

impl fmt::Debug for FleetTask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FleetTask").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Allows another task to start if this one ends early, because its runtime shuts down or the store panics.
struct Running<'a> {
    task: &'a FleetTask,
    throttle: &'a Throttle,
    has_ended: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.throttle.fleet_complete(Completion::Failed);
            self.task.is_running.store(false, Ordering::SeqCst);
        }
    }
}
