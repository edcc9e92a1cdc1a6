//! A call to an operation: its arguments and its result.

use std::net::IpAddr;

use bytes::Bytes;
use serde_json::{Map, Value};

mod fields;
mod response;

pub(crate) use fields::Fields;
pub(crate) use response::{ApiError, ApiResult, enclose, respond, send};

#[derive(Debug)]
pub(crate) struct Call {
    /// The path parameters, decoded.
    pub(crate) path: Vec<(String, String)>,
    /// The arguments in the query and the body, merged because the API treats them alike.
    pub(crate) arguments: Map<String, Value>,
    pub(crate) upload: Option<Upload>,
    /// The size of the body in bytes.
    pub(crate) size: usize,
    /// The client's IP address. It is used if the `ip_address` field is `current`.
    pub(crate) client_ip: IpAddr,
}

/// An uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content: Bytes,
}

impl Call {
    /// Returns a path parameter, or an empty string if the path has no such parameter.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields(Some(&self.arguments))
    }

    /// Returns the fields of the `data` argument.
    pub(crate) fn data(&self) -> Fields<'_> {
        Fields(self.arguments.get("data").and_then(Value::as_object))
    }
}
