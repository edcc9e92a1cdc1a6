//! The fields of a delivery, taken out of a form or a JSON object, and left closed until the key has been compared.
//!
//! To find the key in a form, the body is split and only the names, the key and the site are decoded. JSON has to be passed
//! over to its end, but nothing is made of the payload, and where it is broken is told only to those who have the key.
//!
//! ```
//! # use talkable_api::webhook::{Delivery, Guard};
//! let guard = Guard::new("the-security-key")?;
//! let wrong_key_and_no_json = b"key=guessed&payload=%";
//! assert_eq!(Delivery::from_form(wrong_key_and_no_json, &guard).unwrap_err().status(), 401);
//! # Ok::<(), talkable_api::InvalidError>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::guard::Guard;
use super::rejection::Rejection;
use crate::decode::location::Mismatch;

/// The fields of a webhook.
const FIELDS: [&str; 5] = ["key", "site", "type", "extras", "payload"];

/// What is on the outside of a delivery.
pub(crate) struct Sealed<'a> {
    key: Option<Cow<'a, str>>,
    site: Option<Cow<'a, str>>,
    inside: Inside<'a>,
}

/// What isn't looked at before the key is right.
enum Inside<'a> {
    Form {
        kind: Once<'a>,
        extras: Once<'a>,
        payload: Once<'a>,
    },
    Json {
        kind: Option<Cow<'a, str>>,
        extras: Option<&'a RawValue>,
        payload: Option<&'a RawValue>,
    },
    /// It is no JSON; whoever has no key isn't told where.
    Broken(Rejection),
}

/// What is in a delivery.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) site: Option<Cow<'a, str>>,
    pub(crate) kind: Option<Cow<'a, str>>,
    /// As JSON.
    pub(crate) extras: Option<Cow<'a, str>>,
    /// As JSON.
    pub(crate) payload: Cow<'a, str>,
}

impl<'a> Sealed<'a> {
    /// Finds the fields in a form.
    pub(crate) fn form(body: &'a [u8]) -> Result<Self, Rejection> {
        let [mut key, mut site, mut kind, mut extras, mut payload] = FIELDS.map(Once::new);
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
                None => (pair, &[][..]),
            };
            let name = decoded(name).ok_or_else(|| Rejection::malformed("a name in the form is wrongly encoded"))?;
            let fields = [&mut key, &mut site, &mut kind, &mut extras, &mut payload];
            if let Some(field) = fields.into_iter().find(|field| field.name == name) {
                field.count += 1;
                field.value = Some(value);
            }
        }
        if [&key, &site, &kind, &extras, &payload].into_iter().all(|field| field.count == 0) {
            return Err(Rejection::malformed(
                "it is no form with the fields of a webhook, whatever its content type says",
            ));
        }
        Ok(Self { key: key.only()?, site: site.only()?, inside: Inside::Form { kind, extras, payload } })
    }

    /// Finds the fields in a JSON object.
    pub(crate) fn json(body: &'a [u8]) -> Self {
        let mut head = Head::default();
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let read = Filling(&mut head).deserialize(&mut deserializer).and_then(|()| deserializer.end());
        Self {
            key: head.key.map(Cow::Owned),
            site: head.site.map(Cow::Owned),
            inside: match read {
                Ok(()) => Inside::Json { kind: head.kind.map(Cow::Owned), extras: head.extras, payload: head.payload },
                Err(error) => Inside::Broken(Rejection::mismatch("", Mismatch::new(body, &error))),
            },
        }
    }

    /// Opens a delivery whose key is right.
    pub(super) fn open(self, guard: &Guard) -> Result<Fields<'a>, Rejection> {
        let Some(key) = self.key.as_deref() else {
            return Err(match self.inside {
                Inside::Broken(_) => Rejection::malformed("it is no JSON object with the fields of a webhook"),
                _ => Rejection::unauthorized("it has no key"),
            });
        };
        if !guard.admits(key, self.site.as_deref()) {
            return Err(Rejection::unauthorized("the key is wrong"));
        }
        self.unchecked()
    }

    /// Opens a delivery without looking at its key.
    pub(crate) fn unchecked(self) -> Result<Fields<'a>, Rejection> {
        let missing = || Rejection::malformed("it has no payload");
        let site = self.site;
        match self.inside {
            Inside::Form { kind, extras, payload } => Ok(Fields {
                site,
                kind: kind.only()?,
                extras: extras.only()?,
                payload: payload.only()?.ok_or_else(missing)?,
            }),
            Inside::Json { kind, extras, payload } => Ok(Fields {
                site,
                kind,
                extras: extras.map(|extras| Cow::Borrowed(extras.get())),
                payload: text_or_json(payload.ok_or_else(missing)?)?,
            }),
            Inside::Broken(rejection) => Err(rejection),
        }
    }
}

/// The fields of a JSON object, as far as it could be read. Each may come once, and be null.
#[derive(Default)]
struct Head<'a> {
    seen: Vec<&'static str>,
    key: Option<String>,
    site: Option<String>,
    kind: Option<String>,
    extras: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
}

/// Fills in the fields one by one, so that those before a mistake are known.
struct Filling<'h, 'a>(&'h mut Head<'a>);

impl<'de> DeserializeSeed<'de> for Filling<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Filling<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the fields of a webhook")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let head = self.0;
        while let Some(name) = map.next_key::<String>()? {
            let Some(known) = FIELDS.into_iter().find(|known| *known == name) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if head.seen.contains(&known) {
                return Err(A::Error::duplicate_field(known));
            }
            head.seen.push(known);
            match known {
                "key" => head.key = map.next_value()?,
                "site" => head.site = map.next_value()?,
                "type" => head.kind = map.next_value()?,
                "extras" => head.extras = map.next_value()?,
                _ => head.payload = map.next_value()?,
            }
        }
        Ok(())
    }
}

/// A payload in JSON may be a text, as it is in a form.
fn text_or_json(payload: &RawValue) -> Result<Cow<'_, str>, Rejection> {
    let json = payload.get();
    if !json.starts_with('"') {
        return Ok(Cow::Borrowed(json));
    }
    let text = serde_json::from_str(json).map(Cow::Owned);
    text.map_err(|error| Rejection::mismatch("/payload", Mismatch::new(json.as_bytes(), &error)))
}

/// A field of a form that may come only once.
struct Once<'a> {
    name: &'static str,
    count: usize,
    value: Option<&'a [u8]>,
}

impl<'a> Once<'a> {
    fn new(name: &'static str) -> Self {
        Self { name, count: 0, value: None }
    }

    /// The text of the field; none if it isn't there.
    fn only(self) -> Result<Option<Cow<'a, str>>, Rejection> {
        if self.count > 1 {
            return Err(Rejection::malformed(format!("the field `{}` comes {} times", self.name, self.count)));
        }
        let Some(value) = self.value else { return Ok(None) };
        let text = decoded(value);
        text.map(Some).ok_or_else(|| Rejection::malformed(format!("the field `{}` is wrongly encoded", self.name)))
    }
}

/// The text of a part of a form. Browsers read on after a broken escape; here it is refused, since no client makes one.
fn decoded(part: &[u8]) -> Option<Cow<'_, str>> {
    let mut rest = part;
    while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
        let digits = rest.get(at + 1..at + 3)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = rest.get(at + 3..)?;
    }
    if !part.contains(&b'+') {
        return percent_decode(part).decode_utf8().ok();
    }
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let text = percent_decode(&spaced).decode_utf8().ok()?;
    Some(Cow::Owned(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_decoded_strictly() {
        for (part, expected) in [
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
            assert_eq!(decoded(part.as_bytes()).as_deref(), expected, "{part}");
        }
        assert_eq!(decoded(b"\xff"), None);
    }
}
