//! A careful hand-written client for the three measured calls, based on reqwest and serde_json.
//!
//! The client builds the `Authorization` header once, appends paths and queries to a parsed URL, and decodes bodies in one pass
//! into the types of `talkable-api`. It has a timeout, but no throttle, retries, size limit or detailed errors.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, RequestBuilder, Url};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use talkable_api::types::{CreatedPurchase, FoundPerson, NewPurchase, RewardList, RewardQuery};

use super::side::{API_KEY, Call, PERSON, SITE, Side, VISITOR};
use super::{Outcome, ours};

pub(crate) struct ByHand {
    client: Client,
    base: Url,
    key: HeaderValue,
    purchase: NewPurchase,
    query: RewardQuery,
}

#[derive(Deserialize)]
struct Envelope<T> {
    ok: bool,
    result: Option<T>,
    error_message: Option<String>,
}

#[derive(Serialize)]
struct Body<'a> {
    site_slug: &'a str,
    data: &'a NewPurchase,
}

impl ByHand {
    pub(crate) fn new(address: &str) -> Outcome<Self> {
        let mut key = HeaderValue::from_str(&format!("Bearer {API_KEY}"))?;
        key.set_sensitive(true);
        Ok(Self {
            client: Client::builder().timeout(Duration::from_secs(30)).build()?,
            base: Url::parse(&format!("http://{address}/api/v2"))?,
            key,
            purchase: ours::purchase(),
            query: RewardQuery::new(VISITOR),
        })
    }

    pub(crate) async fn find_person(&self) -> Outcome<FoundPerson> {
        let mut url = self.url(&["people", PERSON])?;
        url.query_pairs_mut().append_pair("site_slug", SITE);
        self.send(self.client.get(url)).await
    }

    pub(crate) async fn create_purchase(&self) -> Outcome<CreatedPurchase> {
        let body = Body { site_slug: SITE, data: &self.purchase };
        self.send(self.client.post(self.url(&["origins", "purchase"])?).json(&body)).await
    }

    pub(crate) async fn list_rewards(&self) -> Outcome<RewardList> {
        let mut url = self.url(&["rewards"])?;
        let mut pairs = url.query_pairs_mut();
        pairs.append_pair("site_slug", SITE).append_pair("visitor_uuid", &self.query.visitor_uuid);
        drop(pairs);
        self.send(self.client.get(url)).await
    }

    fn url(&self, segments: &[&str]) -> Outcome<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut().map_err(|()| "the base URL cannot have a path")?.extend(segments);
        Ok(url)
    }

    async fn send<T: DeserializeOwned>(&self, request: RequestBuilder) -> Outcome<T> {
        let response = request.header(AUTHORIZATION, self.key.clone()).send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        let envelope: Envelope<T> = serde_json::from_slice(&body)?;
        match envelope.result.filter(|_| status.is_success() && envelope.ok) {
            Some(result) => Ok(result),
            None => Err(format!("{status}: {}", envelope.error_message.unwrap_or_default()).into()),
        }
    }
}

impl Side for ByHand {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Outcome<()>> + '_>> {
        Box::pin(async move {
            match call {
                Call::FindPerson => drop(black_box(self.find_person().await?)),
                Call::CreatePurchase => drop(black_box(self.create_purchase().await?)),
                Call::ListRewards => drop(black_box(self.list_rewards().await?)),
            }
            Ok(())
        })
    }
}
