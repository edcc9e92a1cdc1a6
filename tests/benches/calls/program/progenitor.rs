//! The client that stock progenitor generates from the complete description in its positional style, which is its fastest.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::time::Duration;

use progenitor_reads_talkable::{Client, types};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::json;

use super::side::{API_KEY, Call, PERSON, SITE, Side, VISITOR};
use super::{Outcome, ours};

pub(crate) struct Progenitor {
    client: Client,
    person: types::PersonSlug,
    purchase: types::CreatePurchaseBody,
    visitor: types::VisitorUuid,
}

impl Progenitor {
    /// Creates a client. Progenitor ignores the bearer authentication in the description, so reqwest sends the key as a default header.
    pub(crate) fn new(address: &str) -> Outcome<Self> {
        let mut key = HeaderValue::from_str(&format!("Bearer {API_KEY}"))?;
        key.set_sensitive(true);
        let headers = HeaderMap::from_iter([(AUTHORIZATION, key)]);
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).default_headers(headers).build()?;
        Ok(Self {
            client: Client::new_with_client(&format!("http://{address}"), http),
            person: PERSON.parse()?,
            purchase: serde_json::from_value(json!({ "site_slug": SITE, "data": ours::purchase() }))?,
            visitor: serde_json::from_value(json!(VISITOR))?,
        })
    }
}

impl Side for Progenitor {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Outcome<()>> + '_>> {
        Box::pin(async move {
            match call {
                Call::FindPerson => {
                    drop(black_box(self.client.find_person(&self.person, SITE).await?.into_inner().result));
                }
                Call::CreatePurchase => {
                    drop(black_box(self.client.create_purchase(&self.purchase).await?.into_inner().result));
                }
                Call::ListRewards => {
                    drop(black_box(self.client.list_rewards(SITE, None, &self.visitor).await?.into_inner().result));
                }
            }
            Ok(())
        })
    }
}
