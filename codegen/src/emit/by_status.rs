//! Emits the result enums of operations whose responses depend on the status, with a variant for each status.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::scope::Scope;
use super::{Context, docs};
use crate::model::api::{StatusVariant, TypeItem};

pub(super) fn declaration(
    context: &Context<'_>,
    item: &TypeItem,
    variants: &[StatusVariant],
    scope: &Scope<'_>,
) -> TokenStream {
    let (head, name) = (docs::of_type(context, item), format_ident!("{}", item.name));
    let declared = variants.iter().map(|variant| {
        let StatusVariant { name, statuses, value } = variant;
        let status = match statuses {
            (first, last) if first == last => format!("A response with status {first}"),
            _ => "A response with another 2xx status".to_owned(),
        };
        let doc =
            docs::outer(&if value.is_some() { format!("{status}.") } else { format!("{status}, without a body.") });
        let name = format_ident!("{name}");
        let value = value.as_ref().map(|(ty, _)| scope.named(ty)).map(|ty| quote! { (#ty) });
        quote! { #doc #name #value }
    });
    let arms = variants.iter().map(|StatusVariant { name, statuses: (first, last), value }| {
        let (first, last) = (Literal::u16_unsuffixed(*first), Literal::u16_unsuffixed(*last));
        let name = format_ident!("{name}");
        let decoder = value.as_ref().map(|(_, envelope)| format_ident!("{}", envelope.decoder()));
        let decoder = decoder.map(|decoder| quote! { (#decoder) });
        quote! { #first..=#last => #name #decoder }
    });
    let unknown = docs::outer("A response with a status that has no variant in this version of the crate.");
    let (by_status, json) = (scope.import("crate", "by_status"), scope.import("serde_json", "Value"));
    quote! {
        #head
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "serialize", derive(serde::Deserialize, serde::Serialize))]
        #[non_exhaustive]
        pub enum #name { #(#declared,)* #unknown Unknown(#json) }
        #by_status!(#name { #(#arms),* });
    }
}
