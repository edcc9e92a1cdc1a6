//! The loyalty program: members, and changes to their balances.

use std::ops::DerefMut;

use serde_json::{Value, json};

use super::{people, rewards};
use crate::call::{ApiError, ApiResult, Call, require};
use crate::state::{
    CollectRule, Coupon, Edit, Incentive, Member, OriginKind, PointsAction, PointsActionKind, RewardedAction, Site,
};
use crate::validation::{NOT_AN_IDENTIFIER, is_identifier, parse_date};
use crate::view;

const MAX_DATES: usize = 100;

impl Site {
    /// Makes the person with this e-mail address an active member of the loyalty program.
    pub fn enroll(&mut self, email: &str) -> impl DerefMut<Target = Member> {
        let person = self.person_with_email(email);
        let member = self.people[person].member;
        let id = member.unwrap_or_else(|| self.loyalty.members.insert(|_| Member { person, ..Member::default() }));
        self.people.edit(person).member = Some(id);
        let mut member = self.loyalty.members.edit(id);
        member.is_active = true;
        member
    }

    /// Finds a member by e-mail address, username, phone number or customer id.
    pub fn member(&self, slug: &str) -> Option<&Member> {
        self.member_of(self.person(slug)?.id)
    }

    fn member_of(&self, person: u64) -> Option<&Member> {
        self.loyalty.members.get(self.people[person].member?)
    }

    pub(super) fn edit_member(&mut self, person: u64) -> Option<Edit<'_, Member>> {
        self.loyalty.members.find_mut(self.people[person].member?)
    }
}

/// Finds the member identified in the path, whether active or not.
fn any_member<'a>(site: &'a Site, call: &Call) -> Result<&'a Member, ApiError> {
    site.member(call.path("email")).ok_or_else(|| ApiError::bad_request("Loyalty member not found"))
}

fn active_member<'a>(site: &'a Site, call: &Call) -> Result<&'a Member, ApiError> {
    let member = any_member(site, call)?;
    member.is_active.then_some(member).ok_or_else(|| ApiError::bad_request("Loyalty member is not active"))
}

/// Finds the active member identified in the path, if the program is live.
fn participant<'a>(site: &'a Site, call: &Call) -> Result<&'a Member, ApiError> {
    let member = active_member(site, call)?;
    let is_live = site.loyalty.is_live;
    is_live.then_some(member).ok_or_else(|| ApiError::bad_request("No loyalty campaign found for the member"))
}

pub(super) fn find(site: &mut Site, call: &Call) -> ApiResult {
    Ok(json!({ "loyalty_member": view::member(site, active_member(site, call)?) }))
}

pub(super) fn update(site: &mut Site, call: &Call) -> ApiResult {
    let person = active_member(site, call)?.person;
    let given = call.data().value("member_dates").and_then(Value::as_array).into_iter().flatten();
    let read = |entry: &Value| Some((entry["identifier"].as_str()?.to_owned(), parse_date(entry["date"].as_str()?)?));
    let dates: Vec<_> = given.filter_map(read).collect();
    require(dates.iter().all(|(identifier, _)| is_identifier(identifier)), ApiError::invalid(NOT_AN_IDENTIFIER))?;
    people::apply(site, person, call.data())?;
    if let Some(mut member) = site.edit_member(person) {
        member.dates.extend(dates);
        while member.dates.len() > MAX_DATES {
            member.dates.pop_last();
        }
    }
    find(site, call)
}

/// Lists a member's actions of one kind. Manual adjustments are listed even if the member is inactive or the program is not
/// live.
pub(super) fn list(site: &mut Site, call: &Call, kind: PointsActionKind) -> ApiResult {
    let is_adjustment = kind == PointsActionKind::ManualAdjustment;
    let member = if is_adjustment { any_member(site, call) } else { participant(site, call) }?;
    let actions = site.loyalty.actions.select(&member.actions).filter(|action| action.kind == kind);
    Ok(json!({ "actions": view::list(site, actions, view::points_action) }))
}

pub(super) fn list_batches(site: &mut Site, call: &Call) -> ApiResult {
    participant(site, call)?;
    let batches = site.loyalty.batches.iter().enumerate().map(|(index, batch)| view::batch(batch, index + 1));
    Ok(json!({ "redemption_batches": batches.collect::<Vec<_>>() }))
}

pub(super) fn collect(site: &mut Site, call: &Call) -> ApiResult {
    let person = participant(site, call)?.person;
    let kind = call.data().text("type").unwrap_or_default();
    let unknown = || ApiError::bad_request(format!("No action configurations found for identifier `{kind}`"));
    let rule = rule(site, &kind).ok_or_else(unknown)?;
    let collected = apply_rule(site, person, &rule);
    Ok(json!({ "collected": collected, "loyalty_member": member_view(site, person) }))
}

pub(super) fn collect_for(site: &mut Site, origin: u64) {
    let origin = &site.origins[origin];
    let (person, identifier) = match origin.kind {
        OriginKind::Purchase => (origin.person, "purchase"),
        OriginKind::Event => (origin.person, origin.event_category.as_deref().unwrap_or("event")),
        OriginKind::AffiliateMember => return,
    };
    if let Some(rule) = rule(site, identifier).filter(|_| site.loyalty.is_live) {
        apply_rule(site, person, &rule);
    }
}

fn rule(site: &Site, identifier: &str) -> Option<CollectRule> {
    site.loyalty.rules.iter().find(|rule| rule.identifier == identifier).cloned()
}

/// Adds a rule's points to a member's balance. Does nothing if the balance would exceed the limit, or if the member has
/// already collected points that can be collected only once. Returns whether the points were added.
fn apply_rule(site: &mut Site, person: u64, rule: &CollectRule) -> bool {
    let Some(member) = site.member_of(person).filter(|member| member.is_active) else {
        return false;
    };
    let is_collected =
        |action: &PointsAction| action.kind == PointsActionKind::Collect && action.identifier == rule.identifier;
    let has_collected = site.loyalty.actions.select(&member.actions).any(is_collected);
    let exceeds_limit = member.points_balance.saturating_add(rule.points) > site.loyalty.points_limit;
    if (rule.is_once_per_member && has_collected) || exceeds_limit {
        return false;
    }
    let config = json!({ "name": rule.name, "description": rule.description, "points": rule.points });
    record(site, person, (PointsActionKind::Collect, &rule.identifier, config), rule.points, None);
    true
}

pub(super) fn adjust(site: &mut Site, call: &Call) -> ApiResult {
    let member = any_member(site, call)?;
    let (person, points) = (member.person, call.data().integer("points")?.unwrap_or_default());
    let limit = site.loyalty.points_limit;
    let is_in_range = member.points_balance.checked_add(points).is_some_and(|sum| (0..=limit).contains(&sum));
    let message = "Points adjustment must result in member points balance between 0 and available points limit";
    require(is_in_range, ApiError::invalid(message))?;
    let description = call.data().text("description");
    let config = json!({ "name": "Manual adjustment", "description": description, "points": points });
    let kind = (PointsActionKind::ManualAdjustment, "manual_adjustment", config);
    let action = record(site, person, kind, points, None);
    action_result(site, person, action)
}

pub(super) fn redeem(site: &mut Site, call: &Call) -> ApiResult {
    let member = participant(site, call)?;
    let (person, balance) = (member.person, member.points_balance);
    let id = call.data().integer("redemption_batch_id")?.and_then(|id| u64::try_from(id).ok());
    let batch = site.loyalty.batches.iter_mut().find(|batch| Some(batch.id) == id);
    let batch = batch.ok_or_else(|| ApiError::bad_request("No redemption batch found by `redemption_batch_id`."))?;
    require(balance >= batch.points_cost, ApiError::bad_request("not enough points"))?;
    require(batch.available_coupons > 0, ApiError::bad_request("no coupons available"))?;
    batch.available_coupons -= 1;
    let (cost, is_percentage) = (batch.points_cost, batch.is_percentage);
    let incentive = Incentive::rebate("redeem", RewardedAction::Signup, batch.amount);
    let incentive = Incentive { is_percentage, ..incentive };
    let coupon = Coupon { owner: Some(person), is_single_use: true, ..Coupon::default() };
    let coupon = rewards::issue_coupon(site, &incentive, coupon);
    let action = record(site, person, (PointsActionKind::Redeem, "redeem", Value::Null), -cost, Some(coupon));
    action_result(site, person, action)
}

/// Changes a member's balance and records an action with the given kind, `type` and `action_config`.
fn record(
    site: &mut Site,
    person: u64,
    (kind, identifier, config): (PointsActionKind, &str, Value),
    points: i64,
    coupon: Option<u64>,
) -> u64 {
    let (created_at, identifier) = (site.now(), identifier.to_owned());
    let id = site.loyalty.actions.insert(|_| PointsAction { kind, identifier, config, points, created_at, coupon });
    if let Some(mut member) = site.edit_member(person) {
        member.points_balance = member.points_balance.saturating_add(points);
        member.actions.push(id);
    }
    id
}

fn action_result(site: &Site, person: u64, action: u64) -> ApiResult {
    let action = view::points_action(site, &site.loyalty.actions[action]);
    Ok(json!({ "action": action, "loyalty_member": member_view(site, person) }))
}

fn member_view(site: &Site, person: u64) -> Option<Value> {
    site.member_of(person).map(|member| view::member(site, member))
}
