//! JSON bodies, which wrap the serialized data as `{"site_slug":…,"data":…}`.

use bytes::Bytes;

use super::Upload;

/// The body of a request.
pub(crate) enum Body {
    /// No body, or a body that contains only the site if the operation expects the site there.
    Empty,
    Json(Bytes),
    Upload(Upload),
}

impl Body {
    pub(crate) fn json(&self, site: Option<&str>) -> Option<Bytes> {
        match self {
            Self::Empty => Some(close(open(Some(site?))).into()),
            Self::Json(json) => Some(json.clone()),
            Self::Upload(_) => None,
        }
    }

    /// Whether the body can be sent again. This is false for a stream.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::Empty | Self::Json(_) => true,
            Self::Upload(upload) => upload.is_repeatable(),
        }
    }
}

type Write<'a> = &'a mut Vec<u8>;

/// Writes `{"site_slug":…,"data":…}`.
pub(crate) fn data(
    site: Option<&str>,
    write: impl FnOnce(Write<'_>) -> serde_json::Result<()>,
) -> serde_json::Result<Vec<u8>> {
    let mut body = open(site);
    push_key(&mut body, b"\"data\":");
    write(&mut body)?;
    Ok(close(body))
}

/// Like [`data`], but omits the `data` field if its value is an empty object.
pub(crate) fn optional_data(
    site: Option<&str>,
    write: impl FnOnce(Write<'_>) -> serde_json::Result<()>,
) -> serde_json::Result<Vec<u8>> {
    let body = data(site, write)?;
    Ok(if body.ends_with(b"\"data\":{}}") { close(open(site)) } else { body })
}

/// Inserts the site as the first field of a serialized object.
pub(crate) fn with_site(site: Option<&str>, object: Vec<u8>) -> Vec<u8> {
    let fields = object.strip_prefix(b"{").filter(|_| site.is_some());
    match fields {
        None => object,
        Some(b"}") => close(open(site)),
        Some(fields) => {
            let mut body = open(site);
            push_key(&mut body, fields);
            body
        }
    }
}

fn open(site: Option<&str>) -> Vec<u8> {
    // This capacity is enough for most bodies.
    let mut body = Vec::with_capacity(256);
    body.push(b'{');
    if let Some(site) = site {
        body.extend_from_slice(b"\"site_slug\":");
        serde_json::to_writer(&mut body, site).expect("strings always serialize");
    }
    body
}

fn push_key(body: &mut Vec<u8>, key: &[u8]) {
    if body.len() > 1 {
        body.push(b',');
    }
    body.extend_from_slice(key);
}

fn close(mut body: Vec<u8>) -> Vec<u8> {
    body.push(b'}');
    body
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, to_vec, to_writer};

    use super::*;

    fn check(body: serde_json::Result<Vec<u8>>, expected: &str) {
        let body = String::from_utf8(body.expect("the body serializes")).expect("JSON is UTF-8");
        assert_eq!(body, expected);
        let _: Value = serde_json::from_str(&body).expect("the body is JSON");
    }

    #[test]
    fn wraps_data() {
        let value = json!({"a": [1]});
        let write = |body: &mut Vec<u8>| to_writer(body, &value);
        check(data(Some("my \"store\""), write), r#"{"site_slug":"my \"store\"","data":{"a":[1]}}"#);
        check(data(None, write), r#"{"data":{"a":[1]}}"#);
        check(optional_data(Some("s"), write), r#"{"site_slug":"s","data":{"a":[1]}}"#);
    }

    #[test]
    fn omits_empty_optional_data() {
        let write = |body: &mut Vec<u8>| to_writer(body, &json!({}));
        check(optional_data(Some("s"), write), r#"{"site_slug":"s"}"#);
        check(optional_data(None, write), "{}");
        let nested = |body: &mut Vec<u8>| to_writer(body, &json!({"data": {}}));
        check(optional_data(Some("s"), nested), r#"{"site_slug":"s","data":{"data":{}}}"#);
    }

    #[test]
    fn inserts_the_site_before_the_fields_of_an_object() {
        let check_site = |site, object: Value, expected| {
            check(to_vec(&object).map(|object| with_site(site, object)), expected);
        };
        check_site(Some("s"), json!({"type": "Event"}), r#"{"site_slug":"s","type":"Event"}"#);
        check_site(Some("s"), json!({}), r#"{"site_slug":"s"}"#);
        check_site(None, json!({"a": 1}), r#"{"a":1}"#);
        check_site(None, json!([]), "[]");
    }

    #[test]
    fn an_empty_body_contains_only_the_site() {
        assert_eq!(Body::Empty.json(Some("s")).as_deref(), Some(&b"{\"site_slug\":\"s\"}"[..]));
        assert_eq!(Body::Empty.json(None), None);
    }
}
