//! Estimates of the heap memory behind records, which counts toward a site's quota.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// The overhead of a heap allocation.
const ALLOCATION_BYTES: usize = 16;

/// The size of an entry in the index of a table, without the heap memory behind its key. Hash tables are half full on average.
const INDEX_ENTRY_BYTES: usize = 96;

/// A value that can own heap memory.
pub(crate) trait HeapSize {
    /// Returns the estimated number of heap bytes that the value owns.
    fn heap_bytes(&self) -> usize;
}

fn allocation(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { bytes + ALLOCATION_BYTES }
}

impl HeapSize for String {
    fn heap_bytes(&self) -> usize {
        allocation(self.capacity())
    }
}

impl HeapSize for Bytes {
    fn heap_bytes(&self) -> usize {
        allocation(self.len())
    }
}

impl<T: HeapSize> HeapSize for Option<T> {
    fn heap_bytes(&self) -> usize {
        self.as_ref().map_or(0, T::heap_bytes)
    }
}

impl<T: HeapSize> HeapSize for Vec<T> {
    fn heap_bytes(&self) -> usize {
        allocation(self.capacity() * size_of::<T>()) + self.iter().map(T::heap_bytes).sum::<usize>()
    }
}

impl<K: HeapSize, V: HeapSize> HeapSize for BTreeMap<K, V> {
    fn heap_bytes(&self) -> usize {
        let entry = (size_of::<K>() + size_of::<V>()) * 2;
        self.iter().map(|(key, value)| entry + key.heap_bytes() + value.heap_bytes()).sum()
    }
}

impl HeapSize for Value {
    fn heap_bytes(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
            Self::String(text) => text.heap_bytes(),
            Self::Array(items) => items.heap_bytes(),
            Self::Object(members) => members.heap_bytes(),
        }
    }
}

impl HeapSize for Map<String, Value> {
    fn heap_bytes(&self) -> usize {
        // A map has a list of entries and a hash table of positions. Both have room for more entries.
        let entry = size_of::<String>() + size_of::<Value>() + 4 * size_of::<usize>();
        let entries = if self.is_empty() { 0 } else { self.len().next_power_of_two().max(4) };
        let members = self.iter().map(|(name, value)| name.heap_bytes() + value.heap_bytes());
        allocation(entries * entry) + members.sum::<usize>()
    }
}

/// Implements [`HeapSize`] for types without heap memory.
macro_rules! without_heap {
    ($($name:ty),+) => {
        $(impl HeapSize for $name {
            fn heap_bytes(&self) -> usize {
                0
            }
        })+
    };
}

without_heap!(&'static str, NaiveDate, Decimal, super::FraudCheck);

/// Implements [`HeapSize`] for records. Each row contains a type and its fields with heap memory, except lists of ids, which
/// tables count. The values of the fields after `indexed` are also the keys of an index.
macro_rules! heap_sizes {
    ($($name:ty: $($field:ident)* $(; indexed $($key:ident)+)?,)+) => {
        $(impl HeapSize for $name {
            fn heap_bytes(&self) -> usize {
                0 $(+ self.$field.heap_bytes())* $($(+ 2 * self.$key.heap_bytes() + INDEX_ENTRY_BYTES)+)?
            }
        })+
    };
}

heap_sizes! {
    super::Person: former_emails first_name last_name custom_properties; indexed email username customer_id phone_number,
    super::Origin:
        email customer_id ip_address event_category coupon_codes visitor_uuid currency traffic_source shipping_address
        shipping_zip tracking; indexed number,
    super::Campaign: name appearance tags joinable_category_names incentives,
    super::Incentive: identifier,
    super::Offer: coupon_code recipients; indexed short_url_code,
    super::Share: channel recipient,
    super::Claim: coupon_code channel; indexed visitor_uuid,
    super::Referral: fraud,
    super::FraudChecks: blocked flagged passed skipped,
    super::Reward: incentive,
    super::Coupon: ; indexed code,
    super::Asset: name content content_type fingerprint,
    super::Member: dates,
    super::PointsAction: identifier config,
}
