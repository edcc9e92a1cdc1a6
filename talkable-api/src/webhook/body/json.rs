//! The fields of JSON bodies, the format in Talkable's webhooks document.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{FIELD_NAMES, Fields, UnverifiedBody, missing_key};
use crate::decode::location::Mismatch;
use crate::webhook::rejection::Rejection;

/// The fields before the first syntax error. A field must not occur twice, but can be null.
#[derive(Default)]
struct JsonFields<'a> {
    seen: Vec<&'static str>,
    key: Option<String>,
    site: Option<String>,
    kind: Option<String>,
    extras: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
}

impl<'a> UnverifiedBody<'a> {
    /// Reads the fields. A syntax error is reported only if the key is valid.
    pub(crate) fn from_json(body: &'a [u8]) -> Self {
        let mut fields = JsonFields::default();
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let result = Fill(&mut fields).deserialize(&mut deserializer).and_then(|()| deserializer.end());
        let result = result.map_err(|error| Rejection::mismatch("", Mismatch::new(body, &error)));
        let JsonFields { key, site, kind, extras, payload, .. } = fields;
        let key = key.map(Cow::Owned).ok_or_else(|| match &result {
            Ok(()) => missing_key(),
            Err(_) => Rejection::malformed("the body is not a JSON object with webhook fields"),
        });
        let decode = move |site| {
            result?;
            Ok(Fields {
                site,
                kind: kind.map(Cow::Owned),
                extras: extras.map(|extras| Cow::Borrowed(extras.get())),
                payload: payload_json(payload.ok_or_else(Rejection::missing_payload)?)?,
            })
        };
        Self { key, site: site.map(Cow::Owned), decode: Box::new(decode) }
    }
}

/// A seed that fills in the fields one by one, so that the fields before a syntax error are preserved.
struct Fill<'f, 'a>(&'f mut JsonFields<'a>);

impl<'de> DeserializeSeed<'de> for Fill<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fill<'_, 'de> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the fields of a webhook")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let fields = self.0;
        while let Some(key) = map.next_key::<String>()? {
            let Some(name) = FIELD_NAMES.into_iter().find(|name| *name == key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if fields.seen.contains(&name) {
                return Err(A::Error::duplicate_field(name));
            }
            fields.seen.push(name);
            match name {
                "key" => fields.key = map.next_value()?,
                "site" => fields.site = map.next_value()?,
                "type" => fields.kind = map.next_value()?,
                "extras" => fields.extras = map.next_value()?,
                _ => fields.payload = map.next_value()?,
            }
        }
        Ok(())
    }
}

/// Returns the payload as JSON. The body contains the payload either as an object or as a string of JSON.
fn payload_json(payload: &RawValue) -> Result<Cow<'_, str>, Rejection> {
    let json = payload.get();
    if !json.starts_with('"') {
        return Ok(Cow::Borrowed(json));
    }
    let text = serde_json::from_str(json).map(Cow::Owned);
    text.map_err(|error| Rejection::mismatch("/payload", Mismatch::new(json.as_bytes(), &error)))
}
