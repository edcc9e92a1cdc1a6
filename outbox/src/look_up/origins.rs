//! Looks up origins in the personal data of their people.

use serde_json::Value;
use talkable_api::{Client, Error};

use super::doubtful_call::{DoubtfulCall, FAR, NEAR, Window, time};
use crate::admin::Resolution;

/// The number of records of a batch that are looked up. The API accepts or rejects a batch as a whole.
const SAMPLE: usize = 20;

const KINDS: [&str; 3] = ["Purchase", "Event", "AffiliateMember"];

/// The tolerance for a time that the call contains, which the API may round, in milliseconds.
const ROUNDING: u64 = 999;

/// Whether the API shows an origin.
#[derive(Debug, PartialEq)]
enum Presence {
    /// `is_new` means that the origin was created while the call was in flight.
    Found {
        is_new: bool,
    },
    Missing,
    Unknown,
}

/// The fields that identify an origin.
struct Target<'a> {
    kind: &'a str,
    email: &'a str,
    number: Option<String>,
    created: Created,
}

/// The time of the origin in the call.
#[derive(Clone, Copy, PartialEq)]
enum Created {
    Missing,
    At(i64),
    Unreadable,
}

/// Looks up the origin that a call creates.
pub(super) async fn one(client: &Client, doubtful: &DoubtfulCall, kind: &str) -> Result<Option<Resolution>, Error> {
    let target = doubtful.body.get("data").and_then(|data| Target::read(data, kind));
    let Some(target) = target else { return Ok(None) };
    Ok(match target.look_up(client, doubtful, doubtful.window).await? {
        Presence::Found { .. } => Some(Resolution::Processed),
        Presence::Missing => Some(Resolution::NotProcessed),
        Presence::Unknown => None,
    })
}

/// Looks up records from all parts of a batch. Records that exist may be older than the call, so at least one must be
/// new.
pub(super) async fn batch(client: &Client, doubtful: &DoubtfulCall, kind: &str) -> Result<Option<Resolution>, Error> {
    let rows = doubtful.body.get("data").and_then(Value::as_array).into_iter().flatten();
    let targets: Vec<_> = rows.filter_map(|row| Target::read(row, kind)).collect();
    // The API creates the records later.
    let window = Window { end: doubtful.now, ..doubtful.window };
    let (mut found, mut new, mut missing) = (0, 0, 0);
    for target in sample(&targets) {
        match target.look_up(client, doubtful, window).await? {
            Presence::Found { is_new } => (found, new) = (found + 1, new + u32::from(is_new)),
            Presence::Missing => missing += 1,
            Presence::Unknown => return Ok(None),
        }
        if found > 0 && missing > 0 {
            return Ok(None);
        }
    }
    Ok(match (new, found, missing) {
        (1.., _, 0) => Some(Resolution::Processed),
        (_, 0, 1..) => Some(Resolution::NotProcessed),
        _ => None,
    })
}

/// Items from all parts of a list, among them the first and the last one.
fn sample<T>(items: &[T]) -> impl Iterator<Item = &T> {
    let count = items.len().min(SAMPLE);
    let last = items.len().saturating_sub(1);
    (0..count).filter_map(move |index| items.get(index * last / count.saturating_sub(1).max(1)))
}

impl<'a> Target<'a> {
    fn read(data: &'a Value, kind: &'a str) -> Option<Self> {
        let number = match kind {
            "Purchase" => Some(data.get("order_number").and_then(text)?),
            "Event" => Some(data.get("event_number").and_then(text)?),
            "AffiliateMember" => None,
            _ => return None,
        };
        let created = match data.get("created_at") {
            None | Some(Value::Null) => Created::Missing,
            Some(value) => time(value).map_or(Created::Unreadable, Created::At),
        };
        Some(Self { kind, email: data.get("email")?.as_str()?, number, created })
    }

    async fn look_up(&self, client: &Client, doubtful: &DoubtfulCall, window: Window) -> Result<Presence, Error> {
        let found = doubtful.find(client, "getPersonalInformationAboutPerson", self.email).await?;
        let Some(found) = found else { return Ok(Presence::Missing) };
        let origins = found.value.pointer("/person/origins").and_then(Value::as_array);
        Ok(origins.map_or(Presence::Unknown, |origins| self.compare(origins, window, found.has_same_clock)))
    }

    fn compare(&self, origins: &[Value], window: Window, has_same_clock: bool) -> Presence {
        let is_near = |origin: &&Value| {
            let created = origin.get("created_at").and_then(time);
            created.is_some_and(|created| {
                window.contains(created, NEAR)
                    || matches!(self.created, Created::At(given) if given.abs_diff(created) <= ROUNDING)
            })
        };
        let is_new = |origin: &&Value| {
            has_same_clock && origin.get("created_at").and_then(time).is_some_and(|time| window.contains(time, NEAR))
        };
        let same: Vec<_> = origins.iter().filter(|origin| self.is_same(origin)).collect();
        // The number identifies a purchase, but not an event, because the API does not show its category.
        if self.kind == "Purchase" && !same.is_empty() {
            return Presence::Found { is_new: same.iter().any(is_new) };
        }
        if !has_same_clock || self.created == Created::Unreadable {
            return Presence::Unknown;
        }
        if let [origin] = same.iter().filter(|origin| is_near(origin)).collect::<Vec<_>>()[..] {
            return Presence::Found { is_new: is_new(origin) };
        }
        if origins.iter().all(|origin| self.differs(origin, window)) { Presence::Missing } else { Presence::Unknown }
    }

    /// Whether an origin has the kind and the number of this one.
    fn is_same(&self, origin: &Value) -> bool {
        origin.get("type").and_then(Value::as_str) == Some(self.kind)
            && (self.number.is_none() || origin.get("order_number").and_then(text) == self.number)
    }

    /// Whether an origin is certainly another one.
    fn differs(&self, origin: &Value, window: Window) -> bool {
        let kind = origin.get("type").and_then(Value::as_str);
        if kind.is_some_and(|kind| kind != self.kind && KINDS.contains(&kind)) {
            return true;
        }
        let Some(created) = origin.get("created_at").and_then(time) else { return false };
        let is_far = !window.contains(created, FAR)
            && !matches!(self.created, Created::At(given) if given.abs_diff(created) <= FAR.unsigned_abs());
        // The API may have changed the form of an order number.
        let has_other_number = || {
            let number = origin.get("order_number").and_then(text);
            number.is_some_and(|number| self.number.as_deref().is_some_and(|own| core(own) != core(&number)))
        };
        is_far && (self.kind != "Purchase" || has_other_number())
    }
}

/// A number that the API returns as text or as a number.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

/// The letters and digits of an order number without leading zeros.
fn core(number: &str) -> String {
    let core: String = number.chars().filter(|character| character.is_alphanumeric()).collect();
    core.trim_start_matches('0').to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WINDOW: Window = Window { start: 1_800_000_000_000, end: 1_800_000_060_000 };
    /// Times before, in, near and far from the window.
    const BEFORE: &str = "2027-01-14T08:00:00.000Z";
    const INSIDE: &str = "2027-01-15T00:00:30.000-08:00";
    const CLOSE: &str = "2027-01-15T08:05:00.000Z";

    fn compare(data: &Value, kind: &str, origin: &Value, has_same_clock: bool) -> Presence {
        let mut data = data.clone();
        data["email"] = "jane@example.com".into();
        Target::read(&data, kind).expect("a target").compare(std::slice::from_ref(origin), WINDOW, has_same_clock)
    }

    #[test]
    fn a_purchase_is_found_by_its_number_and_missing_only_without_similar_ones() {
        let purchase =
            |number: Value, created: &str| json!({"type": "Purchase", "order_number": number, "created_at": created});
        for (origin, has_same_clock, expected) in [
            (purchase(json!("7"), INSIDE), true, Presence::Found { is_new: true }),
            (purchase(json!(7), INSIDE), false, Presence::Found { is_new: false }),
            (purchase(json!("7"), BEFORE), true, Presence::Found { is_new: false }),
            (purchase(json!("8"), BEFORE), true, Presence::Missing),
            (purchase(json!("8"), BEFORE), false, Presence::Unknown),
            (purchase(json!("8"), CLOSE), true, Presence::Unknown),
            (purchase(json!("#07"), BEFORE), true, Presence::Unknown),
            (purchase(json!(null), BEFORE), true, Presence::Unknown),
            (purchase(json!("8"), "yesterday"), true, Presence::Unknown),
            (json!({"type": "Order", "order_number": "7", "created_at": INSIDE}), true, Presence::Unknown),
            (json!({"type": "AffiliateMember", "created_at": INSIDE}), true, Presence::Missing),
        ] {
            assert_eq!(
                compare(&json!({"order_number": "7"}), "Purchase", &origin, has_same_clock),
                expected,
                "{origin}"
            );
        }
    }

    #[test]
    fn an_event_without_a_number_leaves_the_doubt() {
        let event =
            |number: Value, created: &str| json!({"type": "Event", "order_number": number, "created_at": created});
        for (origin, expected) in [
            (event(json!("7"), INSIDE), Presence::Found { is_new: true }),
            (event(json!(null), INSIDE), Presence::Unknown),
            (event(json!(null), CLOSE), Presence::Unknown),
            (event(json!("7"), BEFORE), Presence::Missing),
        ] {
            assert_eq!(compare(&json!({"event_number": "7"}), "Event", &origin, true), expected, "{origin}");
        }
        let data = json!({"event_number": 7, "created_at": BEFORE});
        assert_eq!(compare(&data, "Event", &event(json!("7"), BEFORE), true), Presence::Found { is_new: false });
        let unreadable = json!({"event_number": 7, "created_at": "2027-01-15"});
        assert_eq!(compare(&unreadable, "Event", &event(json!("7"), INSIDE), true), Presence::Unknown);
    }

    #[test]
    fn a_number_that_is_not_whole_identifies_nothing() {
        for number in [json!(7.0), json!(null), json!(""), json!(["7"])] {
            let data = json!({"email": "jane@example.com", "order_number": number});
            assert!(Target::read(&data, "Purchase").is_none(), "{data}");
        }
    }

    #[test]
    fn a_sample_contains_both_ends() {
        let items: Vec<u32> = (0..1000).collect();
        let sampled: Vec<_> = sample(&items).collect();
        assert_eq!((sampled.len(), sampled.first(), sampled.last()), (SAMPLE, Some(&&0), Some(&&999)));
        assert_eq!(sample(&[1]).count(), 1);
        assert_eq!(sample::<u32>(&[]).count(), 0);
        assert_eq!(sample(&[1, 2, 3]).copied().collect::<Vec<_>>(), [1, 2, 3]);
    }
}
