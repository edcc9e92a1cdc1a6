//! Requests as data: the path, query, headers and body of one call.

mod body;
mod headers;
mod parts;
pub(crate) mod path;
mod upload;
mod view;

pub(crate) use parts::RequestParts;
pub use upload::Upload;
pub(crate) use view::RequestHooks;
pub use view::{Request, RequestDraft};
