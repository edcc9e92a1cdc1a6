//! JSON bodies and forms, which contain the site if the operation expects it there.

use bytes::Bytes;
use serde::Serialize;

use super::Upload;
use super::form::{Field, encode};
use super::multipart::Multipart;
use crate::operation::Encoding;

/// The body of a request.
pub(crate) enum Body {
    /// No body, or a body that contains only the site if the operation expects the site there.
    Empty,
    /// JSON or a form.
    Text(Bytes),
    Multipart(Box<Multipart>),
    /// A file that is the whole body.
    File(Box<Upload>),
}

impl Body {
    /// Returns the body if it is JSON or a form.
    pub(crate) fn text(&self, site: Option<&str>, encoding: Encoding) -> Option<Bytes> {
        match self {
            Self::Empty if encoding == Encoding::Form => Some(encode(&[Field::text("site_slug", site?)]).into()),
            Self::Empty => data(Some(site?), None::<()>).ok().map(Bytes::from),
            Self::Text(text) => Some(text.clone()),
            Self::Multipart(_) | Self::File(_) => None,
        }
    }

    /// Whether the body can be sent again. This is false for a stream.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::Empty | Self::Text(_) => true,
            Self::Multipart(multipart) => multipart.is_repeatable(),
            Self::File(file) => file.is_repeatable(),
        }
    }

    /// Changes the multipart body. Replaces any other body with an empty multipart body first.
    pub(crate) fn edit_multipart(&mut self, edit: impl FnOnce(&mut Multipart)) {
        let mut multipart = match std::mem::replace(self, Self::Empty) {
            Self::Multipart(multipart) => multipart,
            _ => Box::default(),
        };
        edit(&mut multipart);
        *self = Self::Multipart(multipart);
    }
}

/// Serializes `{"site_slug":…,"data":…}`. Both fields are optional.
pub(crate) fn data<T: Serialize>(site_slug: Option<&str>, data: Option<T>) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct WithData<'a, T> {
        #[serde(skip_serializing_if = "Option::is_none")]
        site_slug: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<T>,
    }

    to_json(&WithData { site_slug, data })
}

/// Like [`data`], but omits the `data` field if its value is an empty object.
pub(crate) fn optional_data(site: Option<&str>, value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let body = data(site, Some(value))?;
    if body.ends_with(b"\"data\":{}}") { data(site, None::<()>) } else { Ok(body) }
}

/// Serializes an object, with the site as its first field.
pub(crate) fn with_site(site: Option<&str>, object: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct WithSite<'a, T> {
        site_slug: &'a str,
        #[serde(flatten)]
        object: T,
    }

    match site {
        Some(site_slug) => to_json(&WithSite { site_slug, object }),
        None => to_json(object),
    }
}

fn to_json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    // This capacity is enough for most bodies.
    let mut body = Vec::with_capacity(256);
    serde_json::to_writer(&mut body, value)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(body: serde_json::Result<Vec<u8>>, expected: &str) {
        let body = String::from_utf8(body.expect("the body serializes")).expect("JSON is UTF-8");
        assert_eq!(body, expected);
        let _: Value = serde_json::from_str(&body).expect("the body is JSON");
    }

    #[test]
    fn wraps_data() {
        let value = &json!({"a": [1]});
        check(data(Some("my \"store\""), Some(value)), r#"{"site_slug":"my \"store\"","data":{"a":[1]}}"#);
        check(data(None, Some(value)), r#"{"data":{"a":[1]}}"#);
        check(optional_data(Some("s"), value), r#"{"site_slug":"s","data":{"a":[1]}}"#);
    }

    #[test]
    fn omits_empty_optional_data() {
        let value = &json!({});
        check(optional_data(Some("s"), value), r#"{"site_slug":"s"}"#);
        check(optional_data(None, value), "{}");
        check(optional_data(Some("s"), &json!({"data": {}})), r#"{"site_slug":"s","data":{"data":{}}}"#);
    }

    #[test]
    fn inserts_the_site_before_the_fields_of_an_object() {
        let check_site = |site, object: Value, expected| {
            check(with_site(site, &object), expected);
        };
        check_site(Some("s"), json!({"type": "Event"}), r#"{"site_slug":"s","type":"Event"}"#);
        check_site(Some("s"), json!({}), r#"{"site_slug":"s"}"#);
        check_site(None, json!({"a": 1}), r#"{"a":1}"#);
        check_site(None, json!([]), "[]");
    }

    #[test]
    fn an_empty_body_contains_only_the_site() {
        for (encoding, expected) in [(Encoding::Json, "{\"site_slug\":\"s\"}"), (Encoding::Form, "site_slug=s")] {
            assert_eq!(Body::Empty.text(Some("s"), encoding).as_deref(), Some(expected.as_bytes()));
            assert_eq!(Body::Empty.text(None, encoding), None);
        }
    }
}
