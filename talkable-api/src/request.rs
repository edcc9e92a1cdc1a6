//! Requests as data: path, query, headers and body of one call.

mod body;
mod headers;
mod parts;
pub(crate) mod path;
mod upload;
mod view;

pub(crate) use parts::{DecodableResponse, RequestParts};
pub use upload::Upload;
pub use view::Request;
