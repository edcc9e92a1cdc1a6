//! The loyalty program: members, and how their points come and go.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::coupons::{self, Issued};
use super::people;
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{Action, CollectRule, Incentive, Member, OriginKind, PointsAction, PointsKind, Site};
use crate::validation::{NOT_AN_IDENTIFIER, is_identifier, parse_date};
use crate::view;

impl Site {
    /// Makes the person with this e-mail address an active member of the loyalty program.
    pub fn enroll(&mut self, email: &str) -> &mut Member {
        let person = self.person_with_email(email);
        let member = self.loyalty.members.entry(person).or_default();
        (member.person, member.is_active) = (person, true);
        member
    }

    /// The membership of the person with this name, if there is one.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.loyalty.members.get(&self.person(name)?.id)
    }
}

/// The member of the path, whose membership is in force.
fn member<'a>(site: &'a Site, call: &Call) -> Result<&'a Member, ApiError> {
    let member = known_member(site, call)?;
    member.is_active.then_some(member).ok_or_else(|| ApiError::bad_request("Loyalty member is not active"))
}

fn known_member<'a>(site: &'a Site, call: &Call) -> Result<&'a Member, ApiError> {
    site.member(call.path("email")).ok_or_else(|| ApiError::bad_request("Loyalty member not found"))
}

/// The member of the path, if the program runs.
fn playing<'a>(site: &'a Site, call: &Call) -> Result<&'a Member, ApiError> {
    let member = member(site, call)?;
    let is_live = site.loyalty.is_live;
    is_live.then_some(member).ok_or_else(|| ApiError::bad_request("No loyalty campaign found for the member"))
}

pub(super) fn find(site: &mut Site, call: &Call) -> ApiResult {
    Ok(json!({ "loyalty_member": view::member(site, member(site, call)?) }))
}

pub(super) fn update(site: &mut Site, call: &Call) -> ApiResult {
    let person = member(site, call)?.person;
    let given = call.data().value("member_dates").and_then(Value::as_array).into_iter().flatten();
    let read = |entry: &Value| Some((entry["identifier"].as_str()?.to_owned(), parse_date(entry["date"].as_str()?)?));
    let dates: Vec<(String, NaiveDate)> = given.filter_map(read).collect();
    if !dates.iter().all(|(identifier, _)| is_identifier(identifier)) {
        return Err(ApiError::invalid(NOT_AN_IDENTIFIER));
    }
    people::apply(site, person, call.data())?;
    if let Some(member) = site.loyalty.members.get_mut(&person) {
        member.dates.extend(dates);
        while member.dates.len() > 100 {
            member.dates.pop_last();
        }
    }
    find(site, call)
}

pub(super) fn list_collects(site: &mut Site, call: &Call) -> ApiResult {
    list(site, playing(site, call)?, |kind| matches!(kind, PointsKind::Collect(_)))
}

pub(super) fn list_redeems(site: &mut Site, call: &Call) -> ApiResult {
    list(site, playing(site, call)?, |kind| matches!(kind, PointsKind::Redeem))
}

pub(super) fn list_adjustments(site: &mut Site, call: &Call) -> ApiResult {
    list(site, known_member(site, call)?, |kind| matches!(kind, PointsKind::ManualAdjustment { .. }))
}

fn list(site: &Site, member: &Member, is_wanted: fn(&PointsKind) -> bool) -> ApiResult {
    let actions = member.actions.iter().filter_map(|id| site.loyalty.actions.get(*id));
    let actions = actions.filter(|action| is_wanted(&action.kind));
    Ok(json!({ "actions": actions.map(|action| view::points_action(site, action)).collect::<Vec<_>>() }))
}

pub(super) fn list_batches(site: &mut Site, call: &Call) -> ApiResult {
    playing(site, call)?;
    let batches = site.loyalty.batches.iter().enumerate().map(|(index, batch)| view::batch(batch, index + 1));
    Ok(json!({ "redemption_batches": batches.collect::<Vec<_>>() }))
}

pub(super) fn collect(site: &mut Site, call: &Call) -> ApiResult {
    let person = playing(site, call)?.person;
    let kind = call.data().text("type").unwrap_or_default();
    let rule = site.loyalty.rules.iter().find(|rule| rule.identifier == kind).cloned();
    let unknown = || ApiError::bad_request(format!("No action configurations found for identifier `{kind}`"));
    let collected = apply_rule(site, person, &rule.ok_or_else(unknown)?);
    let member = site.loyalty.members.get(&person);
    Ok(json!({ "collected": collected, "loyalty_member": member.map(|member| view::member(site, member)) }))
}

/// Collects points for a purchase or an event of a member.
pub(super) fn collect_for(site: &mut Site, origin: u64) {
    let Some(origin) = site.origins.get(origin).filter(|_| site.loyalty.is_live) else {
        return;
    };
    let (person, identifier) = match origin.kind {
        OriginKind::Purchase => (origin.person, "purchase"),
        OriginKind::Event => (origin.person, origin.event_category.as_deref().unwrap_or("event")),
        OriginKind::AffiliateMember => return,
    };
    let rule = site.loyalty.rules.iter().find(|rule| rule.identifier == identifier).cloned();
    if let Some(rule) = rule {
        apply_rule(site, person, &rule);
    }
}

/// Whether the rule gave points: not if it gave them before and does so once only, nor above the limit.
fn apply_rule(site: &mut Site, person: u64, rule: &CollectRule) -> bool {
    let limit = site.loyalty.points_limit;
    let Some(member) = site.loyalty.members.get(&person).filter(|member| member.is_active) else {
        return false;
    };
    let mut actions = member.actions.iter().filter_map(|id| site.loyalty.actions.get(*id));
    let had =
        actions.any(|action| matches!(&action.kind, PointsKind::Collect(had) if had.identifier == rule.identifier));
    if (rule.is_once_per_member && had) || member.points_balance.saturating_add(rule.points) > limit {
        return false;
    }
    record(site, person, PointsKind::Collect(rule.clone()), rule.points, None);
    true
}

pub(super) fn adjust(site: &mut Site, call: &Call) -> ApiResult {
    let member = known_member(site, call)?;
    let (person, points) = (member.person, call.data().integer("points")?.unwrap_or_default());
    let limit = site.loyalty.points_limit;
    if !member.points_balance.checked_add(points).is_some_and(|balance| (0..=limit).contains(&balance)) {
        let words = "Points adjustment must result in member points balance between 0 and available points limit";
        return Err(ApiError::invalid(words));
    }
    let description = call.data().text("description");
    let action = record(site, person, PointsKind::ManualAdjustment { description }, points, None);
    moved(site, person, action)
}

pub(super) fn redeem(site: &mut Site, call: &Call) -> ApiResult {
    let member = playing(site, call)?;
    let (person, balance) = (member.person, member.points_balance);
    let wanted = call.data().integer("redemption_batch_id")?.and_then(|id| u64::try_from(id).ok());
    let batch = site.loyalty.batches.iter_mut().find(|batch| Some(batch.id) == wanted);
    let batch = batch.ok_or_else(|| ApiError::bad_request("No redemption batch found by `redemption_batch_id`."))?;
    if balance < batch.points_cost {
        return Err(ApiError::bad_request("not enough points"));
    }
    if batch.available_coupons == 0 {
        return Err(ApiError::bad_request("no coupons available"));
    }
    batch.available_coupons -= 1;
    let (cost, is_percentage) = (batch.points_cost, batch.is_percentage);
    let worth = Incentive::rebate("redeem", Action::Signup, batch.amount);
    let worth = Incentive { is_percentage, ..worth };
    let issued = Issued { owner: Some(person), ..Issued::default() };
    let coupon = coupons::issue(site, &worth, true, issued);
    let action = record(site, person, PointsKind::Redeem, -cost, Some(coupon));
    moved(site, person, action)
}

fn record(site: &mut Site, person: u64, kind: PointsKind, points: i64, coupon: Option<u64>) -> u64 {
    let created_at = site.now();
    let id = site.loyalty.actions.insert(|id| PointsAction { id, kind, points, created_at, coupon }).id;
    if let Some(member) = site.loyalty.members.get_mut(&person) {
        member.points_balance = member.points_balance.saturating_add(points);
        member.actions.push(id);
    }
    id
}

fn moved(site: &Site, person: u64, action: u64) -> ApiResult {
    let action = site.loyalty.actions.get(action).map(|action| view::points_action(site, action));
    let member = site.loyalty.members.get(&person).map(|member| view::member(site, member));
    Ok(json!({ "action": action, "loyalty_member": member }))
}
