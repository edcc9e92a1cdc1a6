//! A client that is used in several Tokio runtimes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fake_server::Server;
use talkable_api::Verdict;
use tokio::runtime::{Builder, Runtime};

use crate::faults::Class;
use crate::{Connect as _, find, found, good};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Checks that one attempt succeeds, even though the timeout is short.
fn check(runtime: &Runtime, client: &talkable_api::Client) {
    for class in Class::ALL {
        let call = class.call(client).attempts(1).timeout(Duration::from_secs(5));
        assert_eq!(runtime.block_on(call.send()).unwrap(), found(), "{class:?}");
    }
}

#[test]
fn a_client_outlives_its_first_runtime() {
    let server = Server::script([good()]);
    let client = server.client();
    for _ in 0..3 {
        check(&runtime(), &client);
    }
}

/// The tasks of the first runtime make no progress while no thread runs that runtime.
#[test]
fn a_client_can_be_used_while_its_first_runtime_is_idle() {
    let server = Server::script([good()]);
    let client = server.client();
    let (first, second) = (runtime(), runtime());
    for _ in 0..2 {
        check(&first, &client);
        check(&second, &client);
    }
}

#[test]
fn a_client_can_be_used_in_several_threads_with_their_own_runtimes() {
    let server = Server::script([good()]);
    let client = server.client();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..3).for_each(|_| check(&runtime(), &client)));
        }
    });
    assert_eq!(server.requests().len(), 36);
}

#[test]
fn reports_an_http_client_that_cannot_be_built_for_a_further_runtime() {
    let server = Server::script([good()]);
    let is_first = AtomicBool::new(true);
    let http = move || {
        let builder = reqwest::Client::builder();
        if is_first.swap(false, Ordering::SeqCst) { builder } else { builder.user_agent("\n") }
    };
    let client = server.builder().http_client_builder(http).build().unwrap();
    let first = runtime();
    check(&first, &client);
    let error = runtime().block_on(find(&client).send()).unwrap_err();
    let expected = "invalid http_client_builder: reqwest could not build a client";
    assert_eq!((error.to_string().as_str(), error.verdict()), (expected, Verdict::NotSent));
    check(&first, &client);
}

#[cfg(feature = "blocking")]
#[test]
fn async_and_blocking_calls_use_separate_connections() {
    let server = Server::script([good()]);
    let client = server.client();
    let idle = runtime();
    check(&idle, &client);
    for _ in 0..2 {
        assert_eq!(find(&client).attempts(1).timeout(Duration::from_secs(5)).wait().unwrap(), found());
    }
    check(&idle, &client);
}
