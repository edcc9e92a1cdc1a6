//! Emits the error reasons, and lists them in the documentation of the methods.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::docs;
use crate::model::api::{Api, Operation, Reason};

/// Emits the enum of all reasons, and the table of their messages.
pub(super) fn emit(api: &Api) -> TokenStream {
    let doc = docs::outer(
        "The reason for an [`ApiError`](crate::ApiError), recognized from the API's message. Returned by \
         [`ApiError::reason`](crate::ApiError::reason).\n\n\
         The API has no error codes, so a reason becomes [`Other`](Self::Other) if the API rewords its message.",
    );
    let other =
        docs::outer("The response has no message, or a message without a variant in this version of the crate.");
    let variants = api.reasons.iter().map(|reason| {
        let text = reason.doc.as_deref().map_or_else(|| format!("The reason `{}`.", reason.name), docs::sentence);
        let (doc, variant) = (docs::outer(&text), format_ident!("{}", reason.variant));
        quote! { #doc #variant }
    });
    let known = api.reasons.iter().map(|reason| {
        let Reason { name, messages, not_found, .. } = reason;
        let variant = format_ident!("{}", reason.variant);
        quote! {
            crate::error::KnownReason {
                reason: Reason::#variant,
                name: #name,
                messages: &[#(#messages),*],
                is_not_found: #not_found,
            }
        }
    });
    quote! {
        #doc
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason { #(#variants,)* #other Other }
        pub(crate) static REASONS: &[crate::error::KnownReason] = &[#(#known),*];
    }
}

/// Returns a sentence that lists the reasons for an operation's errors.
pub(super) fn sentence(operation: &Operation) -> Option<String> {
    let links = operation.reasons.iter().map(|reason| format!("[`{reason}`](crate::Reason::{reason})"));
    let links: Vec<_> = links.collect();
    let (last, others) = links.split_last()?;
    let list = if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) };
    let known = if others.is_empty() {
        "The known [reason](crate::ApiError::reason) is"
    } else {
        "The known [reasons](crate::ApiError::reason) are"
    };
    Some(format!("{known} {list}."))
}
