//! Exports or erases the personal data of a person in all sites of an account.
//!
//! ```sh
//! export TALKABLE_SITES=my-store,my-outlet
//! cargo run -p talkable-api --example gdpr -- export jane@example.com > jane.json
//! cargo run -p talkable-api --example gdpr -- erase jane@example.com
//! ```
//!
//! The client reads TALKABLE_API_KEY, TALKABLE_SITE_SLUG and TALKABLE_BASE_URL. The API key must have access to all of the sites.

use std::error::Error as StdError;
use std::time::Duration;

use talkable_api::serde_json::{Map, Value};
use talkable_api::{Client, ClientBuilder, Error, Verdict};
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    // The program must succeed in all sites, so it makes more attempts than the default of three.
    let client = ClientBuilder::from_env().attempts(10).build()?;
    let sites = std::env::var("TALKABLE_SITES")?;
    let sites: Vec<_> = sites.split(',').map(|site| client.for_site(site)).collect();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["export", email] => println!("{:#}", export(&sites, email).await?),
        ["erase", email] => {
            for client in &sites {
                let erased = if erase(client, email).await? { "erased" } else { "unknown" };
                println!("{}: {erased}", client.site_slug());
            }
        }
        _ => return Err("usage: gdpr export|erase EMAIL".into()),
    }
    Ok(())
}

/// Returns all data about a person, by site. Sites in which the person is unknown are left out.
async fn export(sites: &[Client], email: &str) -> Result<Value, Error> {
    let mut data = Map::new();
    for client in sites {
        // As JSON, the export also contains the fields that the crate's type lacks.
        let call = client.people().personal_data(email).decode_as::<Value>();
        if let Some(found) = call.optional().await? {
            data.insert(client.site_slug().to_owned(), found["person"].clone());
        }
    }
    Ok(data.into())
}

/// Anonymizes the person with this address, and returns whether there was one.
async fn erase(client: &Client, email: &str) -> Result<bool, Error> {
    let mut is_known = false;
    // If a response was lost, the next lookup shows whether the request was processed: an anonymized person has another address.
    while client.people().find(email).optional().await?.is_some() {
        is_known = true;
        let Err(error) = client.people().anonymize(email).optional().await else { break };
        match error.verdict() {
            Verdict::Processed => break,
            Verdict::RetryAfter(pause) => sleep(pause).await,
            Verdict::MaybeProcessed => sleep(Duration::from_secs(1)).await,
            _ => return Err(error),
        }
    }
    Ok(is_known)
}
