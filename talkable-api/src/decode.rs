//! Decoding of responses.

pub(crate) mod by_status;
#[allow(dead_code, reason = "a build can disable all resources that use it")]
pub(crate) mod decimal;
pub(crate) mod envelope;
#[allow(dead_code, reason = "a build can disable all resources that use it")]
pub(crate) mod fields;
mod from_json;
pub(crate) mod json_depth;
pub(crate) mod json_values;
#[allow(dead_code, reason = "bindings without unions do not use it")]
mod located;
pub(crate) mod location;
mod open_enum;
#[allow(dead_code, reason = "a build can disable all resources that use it")]
mod record;
pub(crate) mod result_as;
#[allow(dead_code, reason = "a build can disable all resources that use it")]
mod scalar;
mod tagged_enum;
#[allow(dead_code, reason = "bindings without unions do not use it")]
mod union_enum;

pub use by_status::ByStatus;
pub(crate) use from_json::FromJson;
#[allow(unused_imports, reason = "a build can disable all resources that use it")]
pub(crate) use open_enum::open_enum;
#[allow(unused_imports, reason = "a build can disable all resources that use them")]
pub(crate) use record::{Record, read_record, record};
#[allow(unused_imports, reason = "a build can disable all resources that use them")]
pub(crate) use scalar::{Scalar, optional_scalar, scalar, scalar_field};
#[allow(unused_imports, reason = "bindings without tagged unions do not use it")]
pub(crate) use tagged_enum::tagged_enum;
#[allow(unused_imports, reason = "bindings without unions do not use them")]
pub(crate) use union_enum::{Union, UnionTests, read_union, read_variant, union_enum};
