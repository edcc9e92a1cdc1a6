//! Calls the API without an account: starts a sandbox in this process and connects a client to it.
//!
//! ```sh
//! cargo run -p talkable-sandbox --example quickstart
//! ```
//!
//! To call Talkable itself, replace the client builder with `Client::from_env()`.

use std::error::Error as StdError;

use rust_decimal::dec;
use talkable_api::types::{NewPurchase, ReferralUpdate};
use talkable_api::{ApiErrorKind, Client, Error};
use talkable_sandbox::{Faults, Sandbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let sandbox = Sandbox::start().await?;
    let builder = Client::builder().api_key(sandbox.api_key()).site_slug(sandbox.site_slug());
    let client = builder.base_url(sandbox.url()).build()?;
    println!("client: {client:?}\n");

    // A call can be inspected before it is awaited.
    let call = client.people().find("jane@example.com");
    println!("about to send: {} {}", call.request().method(), call.request().template());
    let person = call.await?.person;
    println!("found: {} {}\n", person.first_name.unwrap_or_default(), person.last_name.unwrap_or_default());

    // Required fields are arguments to `new`; optional fields have setters.
    let purchase = NewPurchase::new("jane@example.com", "1042", dec!(99.50)).first_name("Jane");
    let response = client.origins().create_purchase(&purchase).response().await?;
    println!("created with status {} after {} attempts", response.status, response.info.attempts());
    let offer = response.value.offer.ok_or("no campaign matches")?;
    println!("link to share: {}\n", offer.claim_url);

    // A friend's purchase with the offer's coupon creates a referral. Approving the referral pays the rewards.
    let friend =
        NewPurchase::new("john@example.com", "1043", dec!(80)).coupon_codes(claim(&sandbox, &offer.short_url_code));
    client.origins().create_purchase(&friend).await?;
    let approved = client.referrals().update_status("1043", &ReferralUpdate::new("approved")).await?;
    for reward in approved.referral.into_iter().flat_map(|referral| referral.advocate_rewards) {
        println!("the advocate gets {}\n", reward.incentive_description.unwrap_or_default());
    }

    // Excess requests get a 429. The client retries them and adapts to the rate limit.
    let mut faults = Faults::default();
    (faults.requests_per_second, faults.burst) = (Some(2.0), 1);
    sandbox.set_faults(faults);
    for _ in 0..2 {
        let response = client.campaigns().list().response().await?;
        println!("listed {} campaigns after {} attempts", response.value.campaigns.len(), response.info.attempts());
    }
    sandbox.set_faults(Faults::default());

    // The API returns a 400 for an unknown person, not a 404.
    match client.people().find("nobody@example.com").await {
        Err(Error::Api(error)) if error.kind() == ApiErrorKind::BadRequest => println!("rejected: {}", error.message()),
        other => println!("unexpected: {other:?}"),
    }

    // Invalid arguments fail before anything is sent.
    match client.people().find("..").await {
        Err(error @ Error::Invalid(_)) => println!("not sent: {error}"),
        other => println!("unexpected: {other:?}"),
    }
    sandbox.stop().await;
    Ok(())
}

/// Claims the offer, as a friend does by opening the offer's link. Returns the coupon code.
fn claim(sandbox: &Sandbox, short_url_code: &str) -> Option<String> {
    sandbox.site(sandbox.site_slug(), |site| site.claim(short_url_code, None)?.coupon_code)
}
