//! Reads the servers of single paths and operations.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::openapi::node::Node;
use crate::{Diagnostic, Result};

/// The extension that lists the hosts that may receive the API key, in addition to the hosts of the document's servers.
pub(crate) const ALLOWED_HOSTS: &str = "x-allowed-hosts";

/// The server of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The scheme and the host, such as `https://uploads.example.com`.
    pub origin: String,
    /// The prefix of all paths, such as `/v1`, or an empty string.
    pub path: String,
}

impl Server {
    /// Splits an absolute `https` URL.
    fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("https://")?;
        let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        let is_known = |c: char| c.is_ascii_alphanumeric() || ['.', '-', ':'].contains(&c);
        let is_plain = |c: char| c.is_ascii_graphic() && !['?', '#', '{', '}'].contains(&c);
        let path = path.trim_end_matches('/');
        let is_valid = !host.is_empty() && host.chars().all(is_known) && path.chars().all(is_plain);
        is_valid.then(|| Self { origin: format!("https://{}", host.to_ascii_lowercase()), path: path.to_owned() })
    }

    fn host(&self) -> &str {
        self.origin.strip_prefix("https://").unwrap_or_default()
    }
}

/// Returns the server of an operation if it differs from the document's.
///
/// # Errors
///
/// Returns an error if no server of the operation may receive the API key. A server may receive it if its host is listed in
/// `x-allowed-hosts`, or if it is the operation's only server and has the same host as one of the document's servers.
pub(crate) fn own_server(item: &Node<'_>, operation: &Node<'_>) -> Result<Option<Server>> {
    let root = operation.document();
    let Some(servers) = [operation, item].into_iter().find_map(|node| node.get("servers")) else { return Ok(None) };
    let shared = root.get("servers").map(|servers| urls(&servers)).unwrap_or_default();
    let urls = urls(&servers);
    if urls.is_empty() || urls == shared {
        return Ok(None);
    }
    let listed = root.items_of(ALLOWED_HOSTS)?;
    let listed: BTreeSet<_> =
        listed.iter().filter_map(|host| host.value.as_str()).map(str::to_ascii_lowercase).collect();
    let shared: Vec<_> = shared.iter().filter_map(|url| Server::parse(url)).collect();
    let candidates: Vec<_> = urls.iter().filter_map(|url| Server::parse(url)).collect();
    let is_shared = |server: &Server| shared.iter().any(|other| other.host() == server.host());
    let found = candidates.iter().find(|server| listed.contains(server.host())).or(match candidates.as_slice() {
        [only] if urls.len() == 1 && is_shared(only) => Some(only),
        _ => None,
    });
    found.cloned().map(Some).ok_or_else(|| {
        let url = urls.first().map_or("", String::as_str);
        let error = servers.error(format!("the requests would go to another server, `{url}`, with the API key"));
        error.help(format!(
            "if this server may receive the key, add its host to `{ALLOWED_HOSTS}` with an overlay action"
        ))
    })
}

/// Returns a warning for each allowed host that no operation uses.
pub(crate) fn unused_hosts<'s>(root: &Node<'_>, used: impl Iterator<Item = &'s Server> + Clone) -> Vec<Diagnostic> {
    let hosts = root.items_of(ALLOWED_HOSTS).unwrap_or_default();
    let unused = hosts.iter().filter_map(|node| Some((node, node.value.as_str()?)));
    let unused = unused.filter(|(_, host)| !used.clone().any(|server| server.host().eq_ignore_ascii_case(host)));
    let warning = |(node, host): (&Node<'_>, &str)| {
        let warning = node.warning(format!("no operation uses the allowed host `{host}`"));
        warning.help(format!("remove the host from `{ALLOWED_HOSTS}`"))
    };
    unused.map(warning).collect()
}

/// Returns the URLs of servers, with the default values of their variables.
fn urls(servers: &Node<'_>) -> Vec<String> {
    let servers = servers.items().unwrap_or_default();
    let url = |server: &Node<'_>| {
        let mut url = server.value.get("url")?.as_str()?.to_owned();
        for (name, variable) in server.entries_of("variables").unwrap_or_default() {
            if let Some(default) = variable.value.get("default").and_then(Value::as_str) {
                url = url.replace(&format!("{{{name}}}"), default);
            }
        }
        Some(url)
    };
    servers.iter().filter_map(url).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(own: &Value, shared: &Value, expected: Result<Option<(&str, &str)>, &str>) {
        let document = json!({"servers": shared, "x-allowed-hosts": ["files.example.com"], "op": {"servers": own}});
        let operation = Node::root(&document).get("op").expect("the operation exists");
        let found = own_server(&Node::root(&json!({})), &operation).map_err(|error| error.message.clone());
        let found = found.map(|server| server.map(|server| (server.origin, server.path)));
        let expected = expected.map(|server| server.map(|(origin, path)| (origin.to_owned(), path.to_owned())));
        match (found, expected) {
            (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
            (found, expected) => assert_eq!(found.ok(), expected.ok(), "{own}"),
        }
    }

    #[test]
    fn allows_listed_hosts_and_hosts_of_the_document() {
        let shared = json!([{"url": "https://api.example.com/v2"}]);
        for (own, expected) in [
            (json!([]), Ok(None)),
            (json!([{"url": "https://api.example.com/v2", "description": "The same."}]), Ok(None)),
            (json!([{"url": "https://api.example.com/"}]), Ok(Some(("https://api.example.com", "")))),
            (json!([{"url": "https://Files.example.com/up"}]), Ok(Some(("https://files.example.com", "/up")))),
            (
                json!([{"url": "https://{host}.com", "variables": {"host": {"default": "files.example"}}}]),
                Ok(Some(("https://files.example.com", ""))),
            ),
            (json!([{"url": "https://other.example.com"}]), Err("`https://other.example.com`")),
            (json!([{"url": "http://files.example.com"}]), Err("another server")),
            (json!([{"url": "https://files.example.com@other.example.com"}]), Err("another server")),
            (json!([{"url": "/v3"}]), Err("`/v3`")),
            (json!([{"url": "https://api.example.com"}, {"url": "https://b.example.com"}]), Err("another server")),
        ] {
            check(&own, &shared, expected);
        }
    }
}
