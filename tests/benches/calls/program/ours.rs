//! The client of `talkable-api` with its default settings.

use std::future::Future;
use std::hint::black_box;
use std::pin::Pin;

use talkable_api::types::{CreatedPurchase, FoundPerson, NewPurchase, RewardList, RewardQuery};
use talkable_api::{Client, Decimal, Error};

use super::Outcome;
use super::side::{API_KEY, Call, PERSON, SITE, Side, VISITOR};

pub(crate) struct Ours {
    client: Client,
    purchase: NewPurchase,
    query: RewardQuery,
}

impl Ours {
    pub(crate) fn new(address: &str) -> Outcome<Self> {
        let client =
            Client::builder().api_key(API_KEY).site_slug(SITE).base_url(format!("http://{address}")).build()?;
        Ok(Self { client, purchase: purchase(), query: RewardQuery::new(VISITOR) })
    }

    pub(crate) async fn find_person(&self) -> Result<FoundPerson, Error> {
        self.client.people().find(PERSON).await
    }

    pub(crate) async fn create_purchase(&self) -> Result<CreatedPurchase, Error> {
        self.client.origins().create_purchase(&self.purchase).await
    }

    pub(crate) async fn list_rewards(&self) -> Result<RewardList, Error> {
        self.client.rewards().list(&self.query).await
    }
}

/// Builds the purchase sent by every measured client.
pub(crate) fn purchase() -> NewPurchase {
    NewPurchase::new(PERSON, "1042", Decimal::new(9950, 2)).first_name("Jane").coupon_codes(["WELCOME10"])
}

impl Side for Ours {
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
