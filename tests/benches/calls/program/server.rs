//! The server of the benchmark, whose replies are made in advance.

use fake_server::{Reply, Request, Server, json};

/// The number of rewards in a list.
pub(crate) const REWARDS: usize = 1_000;

const PERSON: &str = include_str!("../bodies/person.json");
const PURCHASE: &str = include_str!("../bodies/purchase.json");
const REWARD: &str = include_str!("../bodies/reward.json");

/// Starts the server. It records every request, which costs all clients alike.
pub(crate) fn start() -> Server {
    let rewards = vec![REWARD.trim_end(); REWARDS].join(",");
    let replies = [
        ("GET /api/v2/people/", json(200, PERSON.trim_end())),
        ("POST /api/v2/origins/purchase", json(201, PURCHASE.trim_end())),
        ("GET /api/v2/rewards?", json(200, &format!(r#"{{"ok":true,"result":{{"rewards":[{rewards}]}}}}"#))),
    ];
    Server::start(move |request: Request| {
        let known = replies.iter().find(|(start, _)| request.line.starts_with(start));
        std::future::ready(known.map_or_else(missing, |(_, reply)| reply.clone()))
    })
}

fn missing() -> Reply {
    json(404, r#"{"ok":false,"error_message":"not found"}"#)
}
