//! Finds the default URLs in `spec/README.md`, finds the links in an HTML page, and resolves relative links.

use std::collections::BTreeSet;

/// The heading of the section with the default URLs.
const HEADING: &str = "## The published documents";

/// Finds the URL of a document in the text of `spec/README.md`. The URL is in angle brackets under [`HEADING`].
pub(super) fn published(readme: &str, webhooks: bool) -> Option<String> {
    let section = readme.split_once(HEADING)?.1;
    let section = section.split("\n## ").next().unwrap_or(section);
    let links = section.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0));
    let mut links = links.filter(|link| link.starts_with("https://") || link.starts_with("http://"));
    links.find(|link| link.contains("webhooks") == webhooks).map(str::to_owned)
}

/// The quoted strings in a page that look like links to OpenAPI documents, without duplicates.
pub(super) fn documents_of(page: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let quoted = page.split(['"', '\'', '`']).filter(|text| is_document(text));
    quoted.filter(|text| seen.insert(*text)).map(str::to_owned).collect()
}

fn is_document(text: &str) -> bool {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let named = [".yaml", ".yml", ".json"].iter().any(|end| path.len() > end.len() && path.ends_with(end));
    // A page can also link to a web app manifest, which is not an OpenAPI document.
    named && !path.contains(char::is_whitespace) && !path.ends_with("manifest.json")
}

/// Resolves a link relative to the URL of its page.
pub(super) fn resolve(base: &str, link: &str) -> String {
    if link.contains("://") {
        return link.to_owned();
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    if let Some(host) = link.strip_prefix("//") {
        return format!("{scheme}://{host}");
    }
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = match link.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{link}"),
    };
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/').filter(|step| !step.is_empty() && *step != ".") {
        match step {
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    format!("{scheme}://{host}/{}", steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_default_urls_under_their_heading() {
        let readme = "See <https://elsewhere/>.\n\n## The published documents\n\nAt <https://a/docs/>, and\n\
                      <https://a/docs/webhooks/x.yaml>.\n\n## More\n\n<https://b/>\n";
        assert_eq!(published(readme, false).as_deref(), Some("https://a/docs/"));
        assert_eq!(published(readme, true).as_deref(), Some("https://a/docs/webhooks/x.yaml"));
        assert_eq!(published("nothing", false), None);
    }

    #[test]
    fn finds_links_to_documents() {
        let page = r#"<link href="site.css"><link href="/manifest.json"><redoc spec-url='v2/openapi.yaml?x=1'></redoc>
            <script>f({url: "/a b.yaml", more: "v2/openapi.yaml?x=1", other: "../b.json"})</script>"#;
        assert_eq!(documents_of(page), ["v2/openapi.yaml?x=1", "../b.json"]);
    }

    #[test]
    fn resolves_relative_links() {
        for (link, expected) in [
            ("b.yaml", "https://host/docs/b.yaml"),
            ("./v2/b.yaml?x=1", "https://host/docs/v2/b.yaml?x=1"),
            ("../b.yaml", "https://host/b.yaml"),
            ("../../b.yaml", "https://host/b.yaml"),
            ("/b.yaml", "https://host/b.yaml"),
            ("//other/b.yaml", "https://other/b.yaml"),
            ("http://other/b.yaml", "http://other/b.yaml"),
        ] {
            assert_eq!(resolve("https://host/docs/index.html?q=a/b", link), expected, "{link}");
        }
        assert_eq!(resolve("https://host", "b.yaml"), "https://host/b.yaml");
    }
}
