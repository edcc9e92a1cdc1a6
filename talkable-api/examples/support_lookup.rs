//! Shows everything that a support agent needs to know about a person: their details, referrals, rewards and shares.
//!
//! ```sh
//! cargo run -p talkable-api --example support_lookup -- jane@example.com
//! ```
//!
//! The client reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and TALKABLE_BASE_URL.

use std::error::Error as StdError;
use std::time::Duration;

use talkable_api::ClientBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let slug = std::env::args().nth(1).ok_or("usage: support_lookup EMAIL|USERNAME|PHONE|CUSTOMER_ID")?;
    // The agent waits for the result, so a call fails after half a minute, but is retried more often until then.
    let client = ClientBuilder::from_env().deadline(Duration::from_secs(30)).attempts(8).build()?;
    let Some(found) = client.people().find(&slug).optional().await? else {
        println!("{slug} is unknown");
        return Ok(());
    };
    let people = client.people();
    let (as_advocate, as_friend, rewards, shares) = tokio::try_join!(
        people.referrals_as_advocate(&slug).send(),
        people.referrals_as_friend(&slug).send(),
        people.rewards(&slug).send(),
        people.shares(&slug).send(),
    )?;

    let person = found.person;
    println!("{} {}", person.first_name.unwrap_or_default(), person.last_name.unwrap_or_default());
    println!("e-mail address: {}", person.email.unwrap_or_default());
    match person.unsubscribed_at {
        Some(time) => println!("unsubscribed since {}", time.date_naive()),
        None => println!("subscribed"),
    }
    for (role, referrals) in [("advocate", as_advocate.referrals), ("friend", as_friend.referrals)] {
        for referral in referrals {
            let status = referral.status.map(|status| status.to_string()).unwrap_or_default();
            println!("referral {} as {role}: {status} {}", referral.id, referral.fraud_details.unwrap_or_default());
        }
    }
    for reward in rewards.rewards {
        let status = reward.status.map(|status| status.to_string()).unwrap_or_default();
        println!("reward: {} ({status})", reward.incentive_description.unwrap_or_default());
    }
    for share in shares.shares {
        let channel = share.channel_identifier.map(|channel| channel.to_string()).unwrap_or_default();
        println!("share by {channel}: {} clicks", share.friend_clicks_count.unwrap_or_default());
    }
    Ok(())
}
