//! The measured calls and clients.

use std::future::Future;
use std::pin::Pin;

use super::Outcome;
use super::{by_hand, ours};

/// A measured call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    FindPerson,
    CreatePurchase,
    ListRewards,
}

/// A measured client. Every client returns a boxed future, so the cost of boxing is the same for all clients.
pub(crate) trait Side {
    fn call(&self, call: Call) -> Pin<Box<dyn Future<Output = Outcome<()>> + '_>>;
}

/// A named client.
pub(crate) struct NamedSide {
    pub(crate) name: &'static str,
    pub(crate) make: fn(&str) -> Outcome<Box<dyn Side>>,
}

pub(crate) const SIDES: &[NamedSide] = &[
    NamedSide { name: "ours", make: |address| Ok(Box::new(ours::Ours::new(address)?)) },
    NamedSide { name: "by-hand", make: |address| Ok(Box::new(by_hand::ByHand::new(address)?)) },
    #[cfg(progenitor)]
    NamedSide { name: "progenitor", make: |address| Ok(Box::new(super::progenitor::Progenitor::new(address)?)) },
];

pub(crate) const CALLS: [Call; 3] = [Call::FindPerson, Call::CreatePurchase, Call::ListRewards];

pub(crate) const API_KEY: &str = "a-key-for-benchmarking";
pub(crate) const SITE: &str = "my-store";
pub(crate) const PERSON: &str = "jane.doe+1@example.com";
pub(crate) const VISITOR: &str = "2d7b4f0e-6a1c-4e58-9c3f-8b5a0d6e7f21";

impl Call {
    pub(crate) fn named(name: &str) -> Outcome<Self> {
        Ok(CALLS.into_iter().find(|call| call.name() == name).ok_or("unknown call")?)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FindPerson => "find-person",
            Self::CreatePurchase => "create-purchase",
            Self::ListRewards => "list-rewards",
        }
    }
}
