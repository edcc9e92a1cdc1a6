//! Canceled calls.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use fake_server::{Reply, Server, with_headers};
use talkable_api::Client;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::{Connect as _, create, find, found, good, refused};

/// A timeout that is generous even for a busy machine.
const SOON: Duration = Duration::from_secs(60);

fn assert_idle(client: &Client) {
    let status = client.throttle();
    assert_eq!((status.waiting, status.in_flight), (0, 0), "{status:?}");
}

#[tokio::test]
async fn canceling_half_of_a_burst_does_not_affect_the_rest() {
    // The server refuses all 16 requests of the initial window, and then two probes.
    let refusals = vec![with_headers(429, "", ""); 18];
    let server = Server::script(refusals.into_iter().chain([good()]));
    let client = server.client();
    let mut calls: Vec<_> = (0..512).map(|_| tokio::spawn(find(&client).send())).collect();
    while client.throttle().refused < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for dropped in calls.iter().step_by(2) {
        dropped.abort();
    }
    for (number, call) in calls.drain(..).enumerate() {
        let result = timeout(SOON, call).await.expect("a call is blocked");
        match result {
            Ok(value) => assert_eq!(value.unwrap(), found()),
            Err(error) => assert!(error.is_cancelled() && number % 2 == 0, "{error:?}"),
        }
    }
    assert_idle(&client);
}

#[tokio::test]
async fn calls_can_be_canceled_at_any_time() {
    let script = [good(), refused(), with_headers(503, "", ""), good(), Reply::close(""), refused()];
    let server = Server::script(script.into_iter().cycle().take(2_000).chain([good()]));
    let client = server.client();
    let mut calls = Vec::new();
    for step in 0..300 {
        let call = if step % 2 == 0 { find(&client) } else { create(&client) };
        calls.push(tokio::spawn(timeout(Duration::from_micros(step * 200), call.send())));
    }
    for call in calls {
        let _ = call.await.unwrap();
    }
    assert_idle(&client);
    let after = find(&client.for_site("another"));
    assert_eq!(timeout(SOON, after.send()).await.expect("a call is blocked").unwrap(), found());
}

#[test]
fn shutting_down_a_runtime_cancels_its_calls() {
    let runtime = || -> Runtime { Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap() };
    let silent = Server::script([Reply::hang("")]);
    let script = [with_headers(429, "Retry-After: 100\r\n", ""), good()];
    let throttled = Server::script(script);
    let (silent_client, throttled_client) = (silent.client(), throttled.client());

    let first = runtime();
    for _ in 0..8 {
        first.spawn(find(&silent_client).send());
        first.spawn(find(&throttled_client).send());
    }
    while silent.requests().len() < 8 || throttled_client.throttle().waiting == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    first.shutdown_timeout(SOON);
    assert_idle(&silent_client);
    assert_idle(&throttled_client);

    // The connections were closed when the runtime shut down, so the client opens new ones.
    let other = throttled_client.for_site("another");
    let call = async { timeout(SOON, find(&other).send()).await };
    assert_eq!(runtime().block_on(call).expect("a call is blocked").unwrap(), found());
}

/// A buffered stream does not poll its calls while its consumer awaits another call.
#[tokio::test]
async fn calls_that_are_polled_once_do_not_block_others() {
    let server = Server::script([good()]);
    let client = server.client();
    let mut polled: Vec<_> = (0..40).map(|_| Box::pin(find(&client).send())).collect();
    poll_fn(|context| {
        for call in &mut polled {
            assert!(call.as_mut().poll(context).is_pending());
        }
        Poll::Ready(())
    })
    .await;
    assert!(client.throttle().waiting > 0);
    assert_eq!(polled.swap_remove(0).await.unwrap(), found());
    let other = timeout(SOON, find(&client).send()).await.expect("a call is blocked");
    assert_eq!(other.unwrap(), found());
    for call in polled {
        assert_eq!(timeout(SOON, call).await.expect("a call is blocked").unwrap(), found());
    }
    assert_idle(&client);
}
