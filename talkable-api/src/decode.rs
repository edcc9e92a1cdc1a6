//! Decoding of responses.

pub(crate) mod by_status;
#[allow(dead_code, reason = "a build can disable all resources that use it")]
pub(crate) mod decimal;
pub(crate) mod envelope;
pub(crate) mod json_depth;
pub(crate) mod json_values;
#[allow(dead_code, reason = "a build can disable all resources that use it")]
mod lenient;
pub(crate) mod location;
mod open_enum;
pub(crate) mod result_as;
#[allow(dead_code, reason = "bindings without unions do not use it")]
mod union_enum;

pub use by_status::ByStatus;
pub use lenient::integer;
pub(crate) use lenient::*;
#[allow(unused_imports, reason = "a build can disable all resources that use it")]
pub(crate) use open_enum::open_enum;
#[allow(unused_imports, reason = "bindings without unions do not use them")]
pub(crate) use union_enum::{UnionTests, union_enum};
