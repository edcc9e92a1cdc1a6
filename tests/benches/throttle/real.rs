//! Runs the crate's client in real time against a loopback server with the simulated limit.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use serde::Deserialize;
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client};
use talkable_tests::simulation::{
    AlgorithmKind, Outcome, Scenario, Site, SiteResponse, Tally, mean, network, simulate,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;
use tokio::time::sleep;

use crate::print;

static PING: Operation = Operation::new("ping", Method::GET, "/api/v2/ping");

const ACCEPTED: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 37\r\n\r\n\
                        {\"ok\":true,\"result\":{\"is_pong\":true}}";
const THROTTLED: &str = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n";

/// The number of points by which a real-time run may be worse than the mean of the simulations.
const TOLERANCE: f64 = 5.0;

#[derive(Debug, Deserialize)]
struct Pong {
    is_pong: bool,
}

/// The state shared by the server and the callers, which run on one thread.
struct Run {
    begin: Instant,
    site: Site,
    tally: Tally,
    jobs_left: usize,
    random: Rng,
}

/// Runs for ten seconds at each limit, both in real time and in simulation. Returns whether the results agree.
pub(crate) fn run() -> bool {
    println!("8 callers for 10 s in real time: goodput % / wasted % / p99 s / fairness");
    [5.0, 50.0].into_iter().all(|limit| {
        let scenario = Scenario { work: 10.0, ..Scenario::new(8, limit) };
        let actual = in_real_time(scenario);
        let expected = mean(&(1..=100).map(|seed| simulate(&scenario, AlgorithmKind::Ours, seed)).collect::<Vec<_>>());
        let agrees = actual.goodput >= expected.goodput - TOLERANCE && actual.wasted <= expected.wasted + TOLERANCE;
        let word = if agrees && actual.lost == 0.0 { "PASS" } else { "FAIL" };
        println!("{word}  at {limit}/s: {}, simulated {}", print::show(&actual), print::show(&expected));
        word == "PASS"
    })
}

fn in_real_time(scenario: Scenario) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
    let mut random = Rng::with_seed(1);
    let run = Rc::new(RefCell::new(Run {
        begin: Instant::now(),
        site: Site::new(scenario, random.fork()),
        tally: Tally::new(&scenario),
        jobs_left: scenario.jobs(),
        random,
    }));
    LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback interface has a free port");
        let address = listener.local_addr().expect("the socket is bound");
        let server = tokio::task::spawn_local(serve(listener, Rc::clone(&run)));
        let client = Client::builder().api_key("no-key").site_slug("site").base_url(format!("http://{address}"));
        let client = client.build().expect("the settings are valid");
        let callers = (0..scenario.callers)
            .map(|caller| tokio::task::spawn_local(work(caller, client.clone(), Rc::clone(&run))))
            .collect::<Vec<_>>();
        for caller in callers {
            caller.await.expect("no caller panics");
        }
        server.abort();
    });
    drop(runtime);
    let run = Rc::into_inner(run).expect("the server and the callers have ended").into_inner();
    run.tally.outcome(&scenario)
}

/// Makes calls one after another until no jobs are left.
async fn work(caller: usize, client: Client, run: Rc<RefCell<Run>>) {
    while take_job(&run) {
        let began = run.borrow().begin.elapsed().as_secs_f64();
        let outcome = Call::<Pong>::enveloped(&client, &PING).await;
        let mut run = run.borrow_mut();
        let now = run.begin.elapsed().as_secs_f64();
        match outcome {
            Ok(pong) if pong.is_pong => run.tally.success(caller, began, now),
            _ => run.tally.end(now),
        }
    }
}

fn take_job(run: &RefCell<Run>) -> bool {
    let mut run = run.borrow_mut();
    let left = run.jobs_left;
    run.jobs_left = left.saturating_sub(1);
    left > 0
}

async fn serve(listener: TcpListener, run: Rc<RefCell<Run>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::task::spawn_local(respond_to_all(stream, Rc::clone(&run)));
    }
}

/// Responds to the requests on a connection, with the same delays as in the simulated network.
async fn respond_to_all(mut stream: TcpStream, run: Rc<RefCell<Run>>) {
    let mut received = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut received).await {
        // A request ends at the blank line, because the client sends no bodies. The client waits for each response before it
        // sends the next request.
        if !received.ends_with(b"\r\n\r\n") {
            continue;
        }
        received.clear();
        let way = network::way(&mut run.borrow_mut().random);
        sleep(way).await;
        let (is_accepted, rest) = decide(&mut run.borrow_mut());
        sleep(rest).await;
        let text = if is_accepted { ACCEPTED } else { THROTTLED };
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn decide(run: &mut Run) -> (bool, Duration) {
    let now = run.begin.elapsed();
    let is_accepted = run.site.respond(now) == SiteResponse::Accepted;
    run.tally.request();
    if !is_accepted {
        run.tally.throttled(now.as_secs_f64());
    }
    (is_accepted, network::service(&mut run.random, is_accepted) + network::way(&mut run.random))
}
