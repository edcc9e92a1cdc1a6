//! The benchmark server, whose responses are built in advance.

use fake_server::{Reply, Request, Server, with_headers};

/// The number of rewards in a list.
pub(crate) const REWARDS: usize = 1_000;

const PERSON: &str = include_str!("../bodies/person.json");
const PURCHASE: &str = include_str!("../bodies/purchase.json");
const REWARD: &str = include_str!("../bodies/reward.json");

/// Starts the server. It records every request, but the time for this is the same for all clients.
pub(crate) fn start() -> Server {
    let rewards = vec![REWARD.trim_end(); REWARDS].join(",");
    let replies = [
        ("GET /api/v2/people/", reply(200, PERSON.trim_end())),
        ("POST /api/v2/origins/purchase", reply(201, PURCHASE.trim_end())),
        ("GET /api/v2/rewards?", reply(200, &format!(r#"{{"ok":true,"result":{{"rewards":[{rewards}]}}}}"#))),
    ];
    Server::start(move |request: Request| {
        let known = replies.iter().find(|(start, _)| request.line.starts_with(start));
        std::future::ready(known.map_or_else(missing, |(_, reply)| reply.clone()))
    })
}

fn reply(status: u16, body: &str) -> Reply {
    let headers =
        "content-type: application/json; charset=utf-8\r\nx-request-id: 6f1c1c1e-0d3a-4b43-9f0e-5a5f6f1f7a10\r\n";
    with_headers(status, headers, body)
}

fn missing() -> Reply {
    reply(404, r#"{"ok":false,"error_message":"not found"}"#)
}
