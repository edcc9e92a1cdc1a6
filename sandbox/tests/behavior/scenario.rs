//! Tests of scenarios through the client: referrals, rewards, loyalty, metrics and anonymization.

use std::pin::Pin;
use std::time::Duration;

use chrono::NaiveDate;
use rust_decimal::dec;
use talkable_api::types::*;
use talkable_api::{Client, Error, Reason};
use talkable_sandbox::state::{ReferralStatus, TrackMethod};
use talkable_sandbox::{Sandbox, Site, WebhookTarget};

use crate::support::{HTTP, client, offer_code, sandbox};

/// The visitor UUID of the person to anonymize.
const BROWSER: &str = "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0009";

type TestResult = Result<(), Error>;

/// Runs a scenario in a sandbox.
pub(crate) type Scenario = fn(&Sandbox) -> Pin<Box<dyn Future<Output = TestResult> + '_>>;

/// Defines a test of each scenario, and the list of all scenarios.
macro_rules! scenarios {
    ($($test:ident: $scenario:ident,)*) => {
        $(#[tokio::test]
        async fn $test() -> TestResult {
            $scenario(&sandbox().await).await
        })*

        pub(crate) const ALL: &[Scenario] = &[$(|sandbox| Box::pin($scenario(sandbox))),*];
    };
}

scenarios! {
    a_refund_voids_an_approved_referral: approve_and_refund,
    approves_a_pending_referral_automatically: approve_later,
    detects_self_referrals: refer_oneself,
    accepts_a_repeated_purchase_and_rejects_a_different_one: repeat_purchase,
    sends_an_offer_to_at_most_25_friends: mail,
    collects_and_redeems_points: collect_and_redeem,
    anonymizes_a_person: anonymize,
    anonymizes_former_addresses: anonymize_former_addresses,
    calculates_metrics: calculate_metrics,
    applies_a_batch_later: send_batch,
}

/// Opens a claim link.
async fn open(link: &str, query: &str) -> serde_json::Value {
    let separator = if link.contains('?') { '&' } else { '?' };
    let response = HTTP.get(format!("{link}{separator}{query}")).send().await.expect("the sandbox responds");
    serde_json::from_slice(&response.bytes().await.expect("the response is complete")).expect("the response is JSON")
}

/// Signs up an advocate and shares the advocate's offer. A friend then claims the offer and makes purchase number 500.
async fn refer(sandbox: &Sandbox, client: &Client) -> Result<Offer, Error> {
    let advocate = NewAffiliateMember::new("amy@example.com").first_name("Amy").sharing_channels(["facebook"]);
    let signed_up = client.origins().create_affiliate_member(&advocate).await?;
    let offer = signed_up.offer.expect("a campaign matches");
    assert!(signed_up.claim_links.contains_key("facebook"));

    let shared =
        client.offers().share_by_social_channel(&offer.short_url_code, &NewSocialShare::new("facebook")).await?;
    assert_eq!(shared.reward.expect("sharing is rewarded").status.expect("the reward has a status").as_str(), "Paid");

    let link = shared.share.short_url.expect("a share has a link");
    let claimed = open(&link, "visitor_uuid=6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0003").await;
    let coupon = claimed["result"]["coupon_code"].as_str().expect("the claim comes with a coupon").to_owned();
    client.offers().mark_visited(claimed["result"]["visitor_offer_id"].as_i64().expect("the claim has an id")).await?;
    assert_eq!(client.coupons().find(coupon.to_lowercase()).await?.talkable_coupon, Some(true));
    assert_eq!(client.coupons().check_permission(&coupon, "ben@example.com").await?.allowed, Some(true));

    let bought = NewPurchase::new("ben@example.com", "500", dec!(99.95)).coupon_codes([&coupon]);
    client.origins().create_purchase(&bought).await?;
    sandbox.site("my-store", |site| {
        let referral = site.referrals().last().expect("there is a referral");
        assert_eq!((referral.status, referral.track_method), (ReferralStatus::Pending, TrackMethod::Coupon));
    });
    Ok(offer)
}

async fn approve_and_refund(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    refer(sandbox, &client).await?;

    let approved = client.referrals().update_status("500", &ReferralUpdate::new("approved")).await?;
    let referral = approved.referral.expect("the order has a referral");
    let statuses = |rewards: &[Reward]| -> Vec<String> {
        rewards.iter().filter_map(|reward| reward.status.as_ref()).map(ToString::to_string).collect()
    };
    assert_eq!(statuses(&referral.advocate_rewards), ["Paid"]);
    let friends = referral.friend_rewards;
    assert_eq!(statuses(&friends), ["Paid"]);
    let coupon = friends.first().and_then(|reward| reward.coupon.as_ref()).expect("the friend gets a coupon");
    assert_eq!(coupon.active, Some(true));

    // A status update can't void an approved referral, but a refund can.
    let result = client.referrals().update_status("500", &ReferralUpdate::new("voided")).await;
    assert!(matches!(result, Err(Error::Api(error)) if error.status() == 400));
    let refunded = client.origins().refund("500", &NewRefund::new()).await?;
    assert_eq!(refunded.origin.refund_subtotal, Some(dec!(99.95)));
    let again = client.origins().refund("500", &NewRefund::new()).await;
    assert!(matches!(again, Err(Error::Api(error)) if error.message() == "Origin has already been refunded"));

    let referrals = client.people().referrals_as_advocate("amy@example.com").await?.referrals;
    let referral = referrals.first().expect("the referral is still listed");
    assert_eq!(referral.status.as_ref().map(ToString::to_string).as_deref(), Some("voided"));
    assert_eq!(statuses(&referral.advocate_rewards), ["Voided"]);
    let coupon = client.coupons().find(&coupon.code).await?.coupon.expect("the coupon still exists");
    assert_eq!(coupon.active, Some(false));
    Ok(())
}

async fn approve_later(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    refer(sandbox, &client).await?;
    let day = Duration::from_secs(24 * 60 * 60);
    sandbox.clock().advance(13 * day);
    assert_eq!(
        client.people().find("amy@example.com").await?.person.referral_counts.and_then(|it| it.approved),
        Some(0)
    );
    sandbox.clock().advance(day);
    assert_eq!(
        client.people().find("amy@example.com").await?.person.referral_counts.and_then(|it| it.approved),
        Some(1)
    );
    Ok(())
}

async fn refer_oneself(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    let offer = client.origins().create_affiliate_member(&NewAffiliateMember::new("amy@example.com")).await?.offer;
    let link = offer.expect("a campaign matches").claim_url;
    let own = open(&link, "email=amy@example.com").await;
    assert!(own["result"]["coupon_code"].is_null(), "the advocate's own claim is rewarded: {own}");
    client.origins().create_purchase(&NewPurchase::new("amy@example.com", "501", dec!(50))).await?;
    open(&link, "email=amy%2Bfriend@example.com").await;
    client.origins().create_purchase(&NewPurchase::new("amy+friend@example.com", "502", dec!(50))).await?;
    sandbox.site("my-store", |site| {
        let statuses: Vec<_> = site.referrals().map(|referral| referral.status).skip(1).collect();
        assert_eq!(statuses, [ReferralStatus::Blocked, ReferralStatus::Flagged]);
    });
    let claim = NewOfferClaim::new("amy@example.com", "amy@example.com");
    let result = client.offers().share_and_claim(&claim).await?;
    assert_eq!(result.friend_unredeem_reason.map(|reason| reason.to_string()).as_deref(), Some("SELF_REFERRAL"));
    assert!(result.friend_reward.is_none());
    Ok(())
}

async fn repeat_purchase(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    let purchase = NewPurchase::new("amy@example.com", "#1001/a", dec!(10.10));
    let first = client.origins().create_purchase(&purchase).await?;
    let second = client.origins().create_purchase(&purchase).await?;
    assert_eq!(first.origin.id, second.origin.id);
    assert_eq!(first.offer.map(|offer| offer.short_url_code), second.offer.map(|offer| offer.short_url_code));
    let other = client.origins().create_purchase(&NewPurchase::new("amy@example.com", "#1001/a", dec!(10.11))).await;
    assert!(matches!(other, Err(Error::Api(error)) if error.message().starts_with("Duplicate entity")));
    let part = NewRefund::new().refund_subtotal(dec!(5));
    let refunded = client.origins().refund("#1001/a", &part).await?.origin;
    assert_eq!((refunded.partially_refunded, refunded.refund_subtotal), (Some(true), Some(dec!(5))));
    Ok(())
}

async fn mail(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    let offer = client.origins().create_affiliate_member(&NewAffiliateMember::new("amy@example.com")).await?.offer;
    let code = offer.expect("a campaign matches").short_url_code;
    let trial = NewEmailShare::new("kim@example.com").validation_only(true);
    let tried = client.offers().share_by_email(&code, &trial).await?;
    assert_eq!(tried.stats.and_then(|stats| stats.total_sent), Some(0));
    let recipients = (0..30).map(|number| format!("friend{number}@example.com")).collect::<Vec<_>>().join(",");
    let sent =
        client.offers().share_by_email(&code, &NewEmailShare::new(recipients + ",amy@example.com,nobody")).await?;
    let stats = sent.stats.expect("the response has statistics");
    assert_eq!((stats.currently_sent, stats.left_emails, stats.sent_limit_exceeded), (Some(25), Some(0), Some(true)));
    let recipients = sent.recipients;
    assert_eq!(recipients.get("amy@example.com").and_then(|it| it.self_referral), Some(true));
    assert_eq!(recipients.get("nobody").and_then(|it| it.email_valid), Some(false));
    let shares = client.people().shares("amy@example.com").await?.shares;
    assert_eq!(shares.len(), 25);
    Ok(())
}

async fn collect_and_redeem(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    sandbox.site("my-store", |site| {
        site.enroll("amy@example.com");
    });
    client.origins().create_purchase(&NewPurchase::new("amy@example.com", "600", dec!(40))).await?;
    let loyalty = client.loyalty();
    assert_eq!(loyalty.find_member("amy@example.com").await?.loyalty_member.points_balance, 100);
    assert_eq!(
        loyalty.create_collect_action("amy@example.com", &NewCollectAction::new("optin")).await?.collected,
        Some(true)
    );
    assert_eq!(
        loyalty.create_collect_action("amy@example.com", &NewCollectAction::new("optin")).await?.collected,
        Some(false)
    );
    let batches = loyalty.redemption_batches("amy@example.com").await?.redemption_batches;
    let batch = batches.first().expect("there is a redemption batch");
    let batch = batch.id;
    let redeemed = loyalty.create_redeem_action("amy@example.com", &NewRedeemAction::new(batch)).await?;
    assert_eq!(redeemed.action.points, Some(-100));
    let coupon = redeemed.action.coupon.expect("points are redeemed for a coupon");
    assert_eq!(client.coupons().check_permission(&coupon.code, "ben@example.com").await?.allowed, Some(false));
    let result = loyalty.create_redeem_action("amy@example.com", &NewRedeemAction::new(batch)).await;
    assert!(matches!(result, Err(Error::Api(error)) if error.message() == "not enough points"));
    Ok(())
}

async fn anonymize(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    sandbox.site("my-store", |site| {
        // Nothing listens at this address, so webhooks stay pending.
        site.send_webhooks_to(WebhookTarget::new("http://127.0.0.1:9", "key").expect("the URL is valid"));
        site.enroll("amy@example.com");
    });
    let birthday = NewMemberDate::new("birthday", "1990-04-01".parse().expect("the date is valid"));
    let dates = LoyaltyMemberUpdate::new().member_dates([birthday]);
    client.loyalty().update_member("amy@example.com", &dates).await?;
    let purchase = NewPurchase::new("amy@example.com", "700", dec!(40))
        .shipping_address("1 Main Street")
        .username("amy")
        .uuid(BROWSER);
    client.origins().create_purchase(&purchase).await?;
    let link = format!("{}/x/{}", sandbox.url(), offer_code(sandbox));
    open(&link, &format!("email=amy@example.com&visitor_uuid={BROWSER}")).await;
    let later = PurchaseBatch::new([NewPurchase::new("Amy@example.com", "701", dec!(40))]);
    client.origins().create_purchases(&later).await?;
    assert!(!client.rewards().list(&RewardQuery::new(BROWSER).status("All")).await?.rewards.is_empty());
    let data = client.people().personal_data("amy").await?.person;
    assert_eq!(data.origins.len(), 1);
    let anonymized = client.people().anonymize("amy@example.com").await?.person;
    assert!(anonymized.email.is_some_and(|email| email.ends_with("@anonymized.email")));
    for name in ["amy@example.com", "amy"] {
        let missing = client.people().find(name).await;
        assert!(matches!(missing, Err(Error::Api(error)) if error.message() == "No person found by `person_slug`."));
    }
    assert_eq!(client.rewards().list(&RewardQuery::new(BROWSER).status("All")).await?.rewards.len(), 0);
    let records = sandbox.site("my-store", |site| format!("{site:?}").to_lowercase());
    for trace in ["amy", "main street", BROWSER, "1990-04-01"] {
        let context = records.find(trace).map(|index| records.get(index.saturating_sub(200)..index + 20));
        assert_eq!(context, None, "{trace} remains");
    }
    Ok(())
}

async fn anonymize_former_addresses(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    // Nothing listens at this address, so webhooks stay pending.
    let target = WebhookTarget::new("http://127.0.0.1:9", "key").expect("the URL is valid");
    sandbox.site("my-store", |site| site.send_webhooks_to(target));
    client.offers().share_by_email(offer_code(sandbox), &NewEmailShare::new("amy@example.com,ben@example.com")).await?;
    for name in ["amy", "ben"] {
        client.people().unsubscribe(format!("{name}@example.com")).await?;
        let moved = PersonUpdate::new().email(format!("{name}@example.net"));
        client.people().update(format!("{name}@example.com"), &moved).await?;
    }
    // This call creates another person with Ben's former address.
    client.people().unsubscribe("ben@example.com").await?;
    for name in ["amy", "ben"] {
        client.people().anonymize(format!("{name}@example.net")).await?;
    }
    let records = sandbox.site("my-store", |site| format!("{site:?}"));
    for gone in ["amy@example.com", "amy@example.net", "ben@example.net"] {
        assert!(!records.contains(gone), "{gone} remains");
    }
    assert!(client.people().find("ben@example.com").await?.person.unsubscribed_at.is_some());
    let of_ben = |site: &mut Site| site.shares().any(|share| share.recipient.as_deref() == Some("ben@example.com"));
    assert!(sandbox.site("my-store", of_ben));
    Ok(())
}

async fn calculate_metrics(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    refer(sandbox, &client).await?;
    let day = |text: &str| text.parse::<NaiveDate>().expect("the date is valid");
    let query = MetricQuery::new(day("2026-01-02"), day("2026-01-02"));
    for (metric, plain, formatted) in [
        (Metric::TotalSalesCount, dec!(3), "3"),
        (Metric::TotalSalesSum, dec!(300.45), "$300"),
        (Metric::TalkableSalesCount, dec!(2), "2"),
        (Metric::Shares, dec!(1), "1"),
        (Metric::Clicks, dec!(2), "2"),
        (Metric::Visits, dec!(1), "1"),
        (Metric::ConversionPercentage, dec!(100), "100.00%"),
    ] {
        let value = client.metrics().calculate(metric.clone(), &query).await?;
        assert_eq!((value.plain, value.formatted.as_deref()), (Some(plain), Some(formatted)), "{metric}");
    }
    let weeks = MetricSegmentQuery::new(day("2026-01-01"), day("2026-01-06")).segment_by_period(SegmentPeriod::Week);
    let weeks = client.metrics().segmentize(Metric::TotalSalesSum, &weeks).await?.segmented;
    let periods: Vec<_> = weeks.iter().filter_map(|week| week.period.as_ref()).collect();
    let last_days: Vec<_> = periods.iter().map(|period| period.last_day()).collect();
    assert_eq!(
        (periods[0].as_str(), last_days),
        ("1/1/26 - 1/4/26", vec![Some(day("2026-01-04")), Some(day("2026-01-06"))])
    );
    assert_eq!((weeks[0].plain, &weeks[0].unit), (Some(dec!(300.45)), &Some(MetricUnit::Money)));
    let unknown = client.metrics().calculate("moon_phase", &query).await;
    assert!(matches!(unknown, Err(Error::Api(error)) if error.reason() == Reason::MetricNotFound));
    let elsewhere = MetricQuery::new(day("2026-01-03"), day("2026-02-02"));
    assert_eq!(client.metrics().calculate("total_sales_count", &elsewhere).await?.plain, Some(dec!(0)));
    let facebook = query.clone().sharing_channels(["Facebook"]);
    assert_eq!(client.metrics().calculate("clicks", &facebook).await?.plain, Some(dec!(1)));
    Ok(())
}

async fn send_batch(sandbox: &Sandbox) -> TestResult {
    let client = client(sandbox);
    let rows = ["800", "801"].map(|number| NewPurchase::new("amy@example.com", number, dec!(40)));
    client.origins().create_purchases(&PurchaseBatch::new(rows).create_offers(true)).await?;
    assert!(client.people().find("amy@example.com").await.is_err());
    sandbox.clock().advance(Duration::from_secs(2));
    assert_eq!(client.people().find("amy@example.com").await?.person.events_count, Some(2));
    Ok(())
}
