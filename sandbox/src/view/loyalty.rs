//! The JSON representation of the loyalty program.

use serde_json::{Value, json};

use super::{coupon, number, time};
use crate::state::{Member, PointsAction, PointsActionKind, RedemptionBatch, Site, describe_amount};

pub(crate) fn member(site: &Site, member: &Member) -> Value {
    let person = &site.people[member.person];
    let dates = member.dates.iter();
    let dates = dates.map(|(identifier, date)| json!({ "identifier": identifier, "date": date.to_string() }));
    json!({
        "custom_properties": person.custom_properties,
        "email": person.email,
        "member_dates": dates.collect::<Vec<_>>(),
        "phone_number": person.phone_number,
        "points_balance": member.points_balance,
    })
}

pub(crate) fn points_action(site: &Site, action: &PointsAction) -> Value {
    let (kind, config) = match &action.kind {
        PointsActionKind::Collect(rule) => {
            let config = json!({ "name": rule.name, "description": rule.description, "points": rule.points });
            (rule.identifier.as_str(), config)
        }
        PointsActionKind::Redeem => ("redeem", Value::Null),
        PointsActionKind::ManualAdjustment { description } => (
            "manual_adjustment",
            json!({ "name": "Manual adjustment", "description": description, "points": action.points }),
        ),
    };
    json!({
        "action_config": config,
        "coupon": action.coupon.map(|id| coupon(site, &site.coupons[id])),
        "created_at": time(action.created_at),
        "event": null,
        "points": action.points,
        "type": kind,
        "user": null,
    })
}

pub(crate) fn batch(batch: &RedemptionBatch, position: usize) -> Value {
    json!({
        "available_coupons_count": batch.available_coupons,
        "coupon_list": {
            "amount": number(batch.amount),
            "expires_at": null,
            "localized_amount": describe_amount(batch.amount, batch.is_percentage),
            "name": batch.description,
            "percentage_discount": batch.is_percentage,
        },
        "description": batch.description,
        "id": batch.id,
        "points_cost": batch.points_cost,
        "position": position,
    })
}
