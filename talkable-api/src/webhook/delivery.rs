//! One webhook that has arrived, whose key is right and whose payload is read.
//!
//! ```
//! use talkable_api::webhook::{Delivery, Event, Guard};
//!
//! let guard = Guard::new("the-security-key")?;
//! let body = br#"{"key":"the-security-key","site":"my-store","type":"reward_web_hook","payload":{"reward":{"amount":"5.00"}}}"#;
//!
//! let delivery = Delivery::from_json(body, &guard)?;
//! assert_eq!(delivery.site.as_deref(), Some("my-store"));
//! match delivery.event {
//!     Event::Reward(event) => println!("pay {:?}", event.reward),
//!     _ => println!("nobody deals with {:?}", delivery.kind),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;

use super::fields::{Fields, Sealed};
use super::fingerprint::Fingerprint;
use super::guard::Guard;
use super::payload::{FromPayload, read};
use super::rejection::Rejection;
use crate::generated::webhooks::Event;

/// A webhook as it was received: of any kind, or of one if `E` is the payload of one.
///
/// ```
/// use talkable_api::webhook::{Delivery, RewardEvent};
///
/// fn handle(delivery: &Delivery<RewardEvent>) {
///     println!("{:?} from {:?}", delivery.event.reward, delivery.site);
/// }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Delivery<E = Event> {
    /// What it tells.
    pub event: E,
    /// The kind, as `type` says; none in webhooks of before 2019.
    pub kind: Option<String>,
    /// The site that it is about; none in webhooks of before 2019.
    pub site: Option<String>,
    extras: Option<String>,
    payload: String,
}

impl Delivery {
    /// Reads the body of a form, `application/x-www-form-urlencoded`. This is what Talkable sends.
    ///
    /// # Errors
    ///
    /// What to answer instead; see [`Rejection`].
    ///
    /// ```
    /// # use talkable_api::webhook::{Delivery, Guard};
    /// let guard = Guard::new("the-security-key")?;
    /// let delivery = Delivery::from_form(b"key=the-security-key&type=unsubscribe_web_hook&payload=%7B%7D", &guard)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_form(body: &[u8], guard: &Guard) -> Result<Self, Rejection> {
        Opened::form(body, guard)?.read(guard)
    }

    /// Reads a JSON body, as the description of the webhooks shows it.
    ///
    /// # Errors
    ///
    /// What to answer instead; see [`Rejection`].
    ///
    /// ```
    /// # use talkable_api::webhook::{Delivery, Guard};
    /// let guard = Guard::new("the-security-key")?;
    /// let delivery = Delivery::from_json(br#"{"key":"the-security-key","payload":{}}"#, &guard)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(body: &[u8], guard: &Guard) -> Result<Self, Rejection> {
        Opened::json(body, guard)?.read(guard)
    }

    /// Reads a form or a JSON body, as the header `Content-Type` says. The body is never guessed at: one that isn't what the
    /// header says is malformed, and without a header nothing is read.
    ///
    /// # Errors
    ///
    /// What to answer instead; see [`Rejection`].
    ///
    /// ```
    /// # use talkable_api::webhook::{Delivery, Guard};
    /// let guard = Guard::new("the-security-key")?;
    /// let body = br#"{"key":"the-security-key","payload":{}}"#;
    /// let delivery = Delivery::from_body(Some("application/json; charset=utf-8"), body, &guard)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_body(content_type: Option<&str>, body: &[u8], guard: &Guard) -> Result<Self, Rejection> {
        guard.open(content_type, body)
    }
}

impl Guard {
    /// Reads a form or a JSON body of one kind, or of any, like [`Delivery::from_body`].
    ///
    /// # Errors
    ///
    /// What to answer instead; see [`Rejection`].
    ///
    /// ```
    /// use talkable_api::webhook::{Delivery, Guard, UnsubscribeEvent};
    ///
    /// let guard = Guard::new("the-security-key")?;
    /// let body = br#"{"key":"the-security-key","type":"unsubscribe_web_hook","payload":{"person":{"first_name":"Jane"}}}"#;
    /// let delivery: Delivery<UnsubscribeEvent> = guard.open(Some("application/json"), body)?;
    /// assert_eq!(delivery.event.person.unwrap().first_name.as_deref(), Some("Jane"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open<E: FromPayload>(&self, content_type: Option<&str>, body: &[u8]) -> Result<Delivery<E>, Rejection> {
        Opened::body(content_type, body, self)?.read(self)
    }
}

impl<E> Delivery<E> {
    /// The payload as it came: JSON with all that these bindings don't know.
    ///
    /// ```
    /// # use talkable_api::webhook::{Delivery, Guard};
    /// let guard = Guard::new("the-security-key")?;
    /// let delivery = Delivery::from_form(b"key=the-security-key&payload=%7B%22new%22%3A1%7D", &guard)?;
    /// assert_eq!(delivery.payload(), r#"{"new":1}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// The payload as a type of your own, for fields that these bindings don't know.
    ///
    /// # Errors
    ///
    /// If it isn't of that form.
    ///
    /// ```
    /// # use talkable_api::webhook::{Delivery, Guard};
    /// #[derive(serde::Deserialize)]
    /// struct Newer {
    ///     new: i64,
    /// }
    ///
    /// let guard = Guard::new("the-security-key")?;
    /// let delivery = Delivery::from_form(b"key=the-security-key&payload=%7B%22new%22%3A1%7D", &guard)?;
    /// assert_eq!(delivery.payload_as::<Newer>()?.new, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn payload_as<T: DeserializeOwned>(&self) -> Result<T, Rejection> {
        read(&self.payload)
    }

    /// What came beside the payload, as JSON: an empty object so far, and nothing before 2022.
    ///
    /// ```
    /// # fn example(delivery: &talkable_api::webhook::Delivery) {
    /// assert_eq!(delivery.extras(), Some("{}"));
    /// # }
    /// ```
    pub fn extras(&self) -> Option<&str> {
        self.extras.as_deref()
    }

    /// What tells this delivery from others, and is the same whenever it is sent again. It costs about as much as reading
    /// the payload, and is made only when it is asked for.
    ///
    /// A share tells neither a number nor a time, so that two shares in a row may look like one that was sent twice.
    ///
    /// ```
    /// # fn example(delivery: &talkable_api::webhook::Delivery) {
    /// println!("{}", delivery.fingerprint());
    /// # }
    /// ```
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.kind.as_deref(), self.site.as_deref(), &self.payload)
    }
}

/// Shows what it is about, and nothing of the payload, which is personal.
impl<E> fmt::Debug for Delivery<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Delivery").field("kind", &self.kind).field("site", &self.site).finish_non_exhaustive()
    }
}

/// A delivery whose key is right, before its payload is read.
#[derive(Debug)]
pub(super) struct Opened<'a>(Fields<'a>);

impl<'a> Opened<'a> {
    pub(super) fn body(content_type: Option<&str>, body: &'a [u8], guard: &Guard) -> Result<Self, Rejection> {
        let essence = content_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Self::form(body, guard)
        } else if essence.eq_ignore_ascii_case("application/json") {
            Self::json(body, guard)
        } else {
            Err(Rejection::media_type())
        }
    }

    fn form(body: &'a [u8], guard: &Guard) -> Result<Self, Rejection> {
        guard.measure(body)?;
        Sealed::form(body)?.open(guard).map(Self)
    }

    fn json(body: &'a [u8], guard: &Guard) -> Result<Self, Rejection> {
        guard.measure(body)?;
        Sealed::json(body).open(guard).map(Self)
    }

    pub(super) fn kind(&self) -> Option<&str> {
        self.0.kind.as_deref()
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.kind(), self.0.site.as_deref(), &self.0.payload)
    }

    /// Reads the payload.
    pub(super) fn read<E: FromPayload>(self, guard: &Guard) -> Result<Delivery<E>, Rejection> {
        let Self(Fields { site, kind, extras, payload }) = self;
        if !payload.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{') {
            return Err(Rejection::malformed("the payload is no JSON object"));
        }
        guard.fathom("the payload", payload.as_bytes())?;
        Ok(Delivery {
            event: E::from_payload(kind.as_deref(), &payload)?,
            kind: kind.map(Cow::into_owned),
            site: site.map(Cow::into_owned),
            extras: extras.map(Cow::into_owned),
            payload: payload.into_owned(),
        })
    }
}
