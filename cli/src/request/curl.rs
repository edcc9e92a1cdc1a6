//! Requests as curl commands.

use serde_json::Value;
use talkable_api::Call;

use super::Prepared;
use crate::text::shell_word;

/// Returns a curl command that sends the call. It reads the key from `TALKABLE_API_KEY`.
pub(crate) fn curl(prepared: &Prepared, call: &Call<Value>, base_url: &str) -> String {
    let request = call.request();
    let query = if request.query().is_empty() { String::new() } else { format!("?{}", request.query()) };
    let url = format!("{}{}{query}", base_url.trim_end_matches('/'), request.path());
    let body = request.body();
    let has_body = body.is_some() || !prepared.files.is_empty() || prepared.whole_file.is_some();
    // curl sends a body with POST by default.
    let start = match request.method().as_str() {
        "GET" if !has_body => "curl".to_owned(),
        "POST" if has_body => "curl".to_owned(),
        method => format!("curl --request {method}"),
    };
    let mut parts = vec![format!("{start} {}", shell_word(&url))];
    parts.push("--header \"Authorization: Bearer $TALKABLE_API_KEY\"".to_owned());
    let headers =
        prepared.headers.iter().map(|(name, value)| format!("--header {}", shell_word(&format!("{name}: {value}"))));
    parts.extend(headers);
    parts
        .extend(prepared.files.iter().map(|(name, path)| format!("--form {}", shell_word(&format!("{name}=@{path}")))));
    if let Some(path) = &prepared.whole_file {
        parts.push(format!("--data-binary {}", shell_word(path)));
    }
    if let Some(body) = body {
        parts.push(format!("--json {}", shell_word(&String::from_utf8_lossy(&body))));
    }
    parts.join(" \\\n  ") + "\n"
}
