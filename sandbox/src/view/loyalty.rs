//! The loyalty program.

use serde_json::{Value, json};

use super::{coupon, number, time};
use crate::state::{Member, PointsAction, PointsKind, RedemptionBatch, Site, describe_amount};

pub(crate) fn member(site: &Site, member: &Member) -> Value {
    let person = site.people.get(member.person);
    let dates = member.dates.iter();
    let dates = dates.map(|(identifier, date)| json!({ "identifier": identifier, "date": date.to_string() }));
    json!({
        "custom_properties": person.map(|person| person.custom_properties.clone()).unwrap_or_default(),
        "email": person.map(|person| person.email.as_str()),
        "member_dates": dates.collect::<Vec<_>>(),
        "phone_number": person.and_then(|person| person.phone_number.as_deref()),
        "points_balance": member.points_balance,
    })
}

pub(crate) fn points_action(site: &Site, action: &PointsAction) -> Value {
    let (kind, config) = match &action.kind {
        PointsKind::Collect(rule) => {
            let config = json!({ "name": rule.name, "description": rule.description, "points": rule.points });
            (rule.identifier.as_str(), config)
        }
        PointsKind::Redeem => ("redeem", Value::Null),
        PointsKind::ManualAdjustment { description } => (
            "manual_adjustment",
            json!({ "name": "Manual adjustment", "description": description, "points": action.points }),
        ),
    };
    json!({
        "action_config": config,
        "coupon": action.coupon.and_then(|id| site.coupons.get(id)).map(|entry| coupon(site, entry)),
        "created_at": time(action.created_at),
        "event": null,
        "points": action.points,
        "type": kind,
        "user": null,
    })
}

pub(crate) fn batch(batch: &RedemptionBatch, position: usize) -> Value {
    let amount = describe_amount(batch.amount, batch.is_percentage);
    json!({
        "available_coupons_count": batch.available_coupons,
        "coupon_list": {
            "amount": number(batch.amount),
            "expires_at": null,
            "localized_amount": amount,
            "name": batch.description,
            "percentage_discount": batch.is_percentage,
        },
        "description": batch.description,
        "id": batch.id,
        "points_cost": batch.points_cost,
        "position": position,
    })
}
