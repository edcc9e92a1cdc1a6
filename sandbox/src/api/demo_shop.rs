//! Fills a site with the demo shop's data.

use std::time::Duration;

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::behavior;
use crate::call::Call;
use crate::state::{Campaign, CampaignStatus, Claim, CollectRule, Incentive, RedemptionBatch, RewardedAction, Site};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn fill(site: &mut Site) {
    add_campaigns(site);
    set_up_loyalty(site);
    add_people(site);
    site.traffic_sources = ["api", "email", "homepage", "post_purchase"].map(str::to_owned).into();
}

fn add_campaigns(site: &mut Site) {
    let start = site.now() - TimeDelta::days(30);
    let mut advocate = Incentive::rebate("advocate_reward", RewardedAction::Referrer, Decimal::TEN);
    advocate.subtotal_min = Some(Decimal::TEN);
    let mut welcome = Incentive::coupon("friend_welcome", RewardedAction::Click, Decimal::TEN);
    welcome.is_once_per_person = true;
    welcome.valid_for = Some(30 * DAY);
    let mut sharing = Incentive::coupon("sharing_reward", RewardedAction::Sharing, Decimal::from(5));
    sharing.is_once_per_person = true;
    let friend = Incentive::coupon("friend_reward", RewardedAction::Referred, Decimal::from(15));
    site.add_campaign(Campaign {
        tags: vec!["default".to_owned()],
        joinable_category_names: vec!["purchase".to_owned(), "affiliate_member".to_owned(), "signup".to_owned()],
        starts_at: Some(start),
        incentives: vec![advocate, welcome, sharing, friend],
        approves_after: Some(14 * DAY),
        ..Campaign::live("Give 10%, get $10")
    });
    site.add_campaign(Campaign {
        appearance: "popup".to_owned(),
        tags: vec!["coupon-sharing".to_owned()],
        joinable_category_names: vec!["purchase".to_owned(), "affiliate_member".to_owned()],
        starts_at: Some(start),
        incentives: vec![
            Incentive::rebate("advocate_reward", RewardedAction::Referrer, Decimal::from(20)),
            Incentive::coupon("friend_reward", RewardedAction::Referred, Decimal::from(20)),
        ],
        shares_coupon: true,
        ..Campaign::live("Share your own code")
    });
    site.add_campaign(Campaign {
        tags: vec!["last-year".to_owned()],
        joinable_category_names: vec!["purchase".to_owned()],
        status: CampaignStatus::Disabled,
        starts_at: Some(start),
        ends_at: Some(site.now() - TimeDelta::days(1)),
        ..Campaign::live("Last year's")
    });
}

fn set_up_loyalty(site: &mut Site) {
    let rule = |identifier: &str, name: &str, points, is_once_per_member| CollectRule {
        identifier: identifier.to_owned(),
        name: name.to_owned(),
        description: format!("{points} points"),
        points,
        is_once_per_member,
    };
    let batch = |id, points_cost, amount: i64| RedemptionBatch {
        id,
        description: format!("${amount} for {points_cost} points"),
        points_cost,
        amount: amount.into(),
        is_percentage: false,
        available_coupons: 1_000,
    };
    site.loyalty.is_live = true;
    site.loyalty.points_limit = 10_000;
    site.loyalty.rules = vec![
        rule("optin", "Subscribe", 50, true),
        rule("purchase", "Buy something", 100, false),
        rule("review", "Write a review", 25, false),
    ];
    site.loyalty.batches = vec![batch(1, 100, 5), batch(2, 500, 30)];
}

/// Adds an advocate with a purchase, a friend who claims the advocate's offer and makes a purchase, and a guest without
/// records.
fn add_people(site: &mut Site) {
    let jane = json!({
        "email": "jane@example.com", "first_name": "Jane", "last_name": "Doe", "username": "jane", "customer_id": "1001",
        "phone_number": "+12025550101", "order_number": "1040", "subtotal": 120.5, "ip_address": "198.51.100.1",
        "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0001", "campaign_tags": "default",
    });
    purchase(site, jane);
    let friend = site.person_with_email("john@example.com");
    let (offer, channel) = (site.offers.last_id(), Some("other".to_owned()));
    behavior::claim(site, Claim { offer, channel, friend: Some(friend), ..Claim::default() });
    let john = json!({
        "email": "john@example.com", "first_name": "John", "order_number": "1041", "subtotal": 80,
        "ip_address": "198.51.100.2",
    });
    purchase(site, john);
    site.enroll("jane@example.com").points_balance = 250;
    site.person_with_email("guest@example.com");
}

fn purchase(site: &mut Site, data: Value) {
    let arguments = [("data".to_owned(), data)].into_iter().collect();
    let call = Call { path: Vec::new(), arguments, upload: None, size: 0, client_ip: [127, 0, 0, 1].into() };
    let result = behavior::find("createPurchase").map(|behavior| behavior(site, &call));
    debug_assert!(matches!(result, Some(Ok(_))), "the purchase fails: {result:?}");
}
