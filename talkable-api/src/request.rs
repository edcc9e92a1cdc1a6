//! Requests as data: the path, query, headers and body of one call.

mod body;
mod headers;
mod parts;
pub(crate) mod path;
mod upload;
mod view;

pub use parts::Request;
pub use upload::Upload;
