//! The fields of `application/x-www-form-urlencoded` bodies, the format sent by Talkable.

use std::borrow::Cow;

use percent_encoding::percent_decode;

use super::{FIELD_NAMES, Fields, UnverifiedBody, missing_key};
use crate::webhook::rejection::Rejection;

/// A field that may appear only once.
struct FormField<'a> {
    name: &'static str,
    count: usize,
    value: Option<&'a [u8]>,
}

impl<'a> UnverifiedBody<'a> {
    /// Splits a form into its fields, and decodes the key and the site.
    pub(crate) fn from_form(body: &'a [u8]) -> Result<Self, Rejection> {
        let mut fields = FIELD_NAMES.map(|name| FormField { name, count: 0, value: None });
        // Some tools append a line break. A line break within a value would be percent-encoded.
        for pair in body.trim_ascii_end().split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
                None => (pair, &[][..]),
            };
            let name =
                decode(name).ok_or_else(|| Rejection::malformed("a form field name is not percent-encoded UTF-8"))?;
            if let Some(field) = fields.iter_mut().find(|field| field.name == name) {
                field.count += 1;
                field.value = Some(value);
            }
        }
        if fields.iter().all(|field| field.count == 0) {
            return Err(Rejection::malformed("the body is not a form with webhook fields"));
        }
        let [key, site, kind, extras, payload] = fields;
        let decode = move |site| {
            Ok(Fields {
                site,
                kind: kind.decode()?,
                extras: extras.decode()?,
                payload: payload.decode()?.ok_or_else(Rejection::missing_payload)?,
            })
        };
        Ok(Self { key: key.decode()?.ok_or_else(missing_key), site: site.decode()?, decode: Box::new(decode) })
    }
}

impl<'a> FormField<'a> {
    /// Returns the decoded value, or `None` if the field is missing.
    fn decode(self) -> Result<Option<Cow<'a, str>>, Rejection> {
        if self.count > 1 {
            return Err(Rejection::malformed(format!("the field `{}` appears {} times", self.name, self.count)));
        }
        let Some(value) = self.value else { return Ok(None) };
        let invalid = || Rejection::malformed(format!("the field `{}` is not percent-encoded UTF-8", self.name));
        decode(value).map(Some).ok_or_else(invalid)
    }
}

/// Decodes a field name or value. Returns `None` if an escape is invalid or the result is not UTF-8.
fn decode(component: &[u8]) -> Option<Cow<'_, str>> {
    let mut rest = component;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at + 1..at + 3)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = rest.get(at + 3..)?;
    }
    if !component.contains(&b'+') {
        return percent_decode(component).decode_utf8().ok();
    }
    let spaced: Vec<u8> = component.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = percent_decode(&spaced).decode_utf8().ok()?;
    Some(Cow::Owned(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_invalid_percent_encoding() {
        for (component, expected) in [
            ("", Some("")),
            ("a+b%2Bc", Some("a b+c")),
            ("%C3%BC", Some("ü")),
            ("ü", Some("ü")),
            ("%C3", None),
            ("%", None),
            ("%2", None),
            ("a%zz", None),
            ("%+1", None),
            ("%-1", None),
            ("a+%", None),
            ("%FF", None),
        ] {
            assert_eq!(decode(component.as_bytes()).as_deref(), expected, "{component}");
        }
        assert_eq!(decode(b"\xff"), None);
    }
}
