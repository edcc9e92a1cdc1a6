//! Requests as data: path, query, headers and body of one call.

mod body;
mod draft;
mod headers;
mod parts;
pub(crate) mod path;
mod upload;
mod view;

pub use draft::RequestDraft;
pub(crate) use draft::RequestHooks;
pub(crate) use parts::RequestParts;
pub use upload::Upload;
pub use view::Request;
