//! Real calls without an account: a sandbox comes up inside this program, and the crate talks to it over HTTP.
//!
//! ```sh
//! cargo run -p talkable-sandbox --example quickstart
//! ```
//!
//! With a key of your own, `Client::from_env()` takes the place of the builder, and everything else stays as it is.

use std::error::Error as StdError;

use rust_decimal::dec;
use talkable_api::types::{NewPurchase, ReferralUpdate};
use talkable_api::{ApiErrorKind, Client, Error};
use talkable_sandbox::{Sandbox, Trouble};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let sandbox = Sandbox::start().await?;
    let builder = Client::builder().api_key(sandbox.api_key()).site_slug(sandbox.site_slug());
    let client = builder.base_url(sandbox.url()).build()?;
    println!("client: {client:?}\n");

    // A call is data until it is awaited.
    let call = client.people().find("jane@example.com");
    println!("about to send: {} {}", call.request().method(), call.request().template());
    let person = call.await?.person;
    println!("found: {} {}\n", person.first_name.unwrap_or_default(), person.last_name.unwrap_or_default());

    // What is required goes into `new`, the rest has names.
    let purchase = NewPurchase::new("jane@example.com", "1042", dec!(99.50)).first_name("Jane");
    let response = client.origins().create_purchase(&purchase).response().await?;
    println!("created with status {} after {} attempts", response.status, response.info.attempts());
    let offer = response.value.offer.ok_or("no campaign matches")?;
    println!("to share: {}\n", offer.claim_url);

    // A friend who comes through the offer and buys makes a referral. Approved, it is rewarded.
    let friend =
        NewPurchase::new("john@example.com", "1043", dec!(80)).coupon_codes(claim(&sandbox, &offer.short_url_code));
    client.origins().create_purchase(&friend).await?;
    let approved = client.referrals().update_status("1043", &ReferralUpdate::new("approved")).await?;
    for reward in approved.referral.into_iter().flat_map(|referral| referral.advocate_rewards) {
        println!("the advocate gets {}\n", reward.incentive_description.unwrap_or_default());
    }

    // Too many requests are refused with a 429. The client waits and learns the pace.
    let mut trouble = Trouble::default();
    (trouble.requests_per_second, trouble.burst) = (Some(2.0), 1);
    sandbox.make_trouble(trouble);
    for _ in 0..2 {
        let response = client.campaigns().list().response().await?;
        println!("listed {} campaigns after {} attempts", response.value.campaigns.len(), response.info.attempts());
    }
    sandbox.make_trouble(Trouble::default());

    // Somebody unknown is a bad request to this API, not a 404.
    match client.people().find("nobody@example.com").await {
        Err(Error::Api(error)) if error.kind() == ApiErrorKind::BadRequest => println!("refused: {}", error.message()),
        other => println!("unexpected: {other:?}"),
    }

    // What can't be sent isn't.
    match client.people().find("..").await {
        Err(error @ Error::Invalid(_)) => println!("refused: {error}"),
        other => println!("unexpected: {other:?}"),
    }
    sandbox.stop().await;
    Ok(())
}

/// What the friend's browser does when the link is opened: the offer is claimed, and a coupon comes with it.
fn claim(sandbox: &Sandbox, short_url_code: &str) -> Option<String> {
    sandbox.site(sandbox.site_slug(), |site| site.claim(short_url_code, None)?.coupon_code)
}
