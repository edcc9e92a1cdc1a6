//! The construction of calls, mostly by generated code.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Call, Decoder, Download, Redirect};
use crate::client::Client;
use crate::decode::ByStatus;
use crate::decode::envelope::{self, DecodeFailure};
use crate::decode::result_as::result_as;
use crate::operation::Operation;
use crate::request::{QueryStyle, Request, Upload};
use crate::send::DecodableResponse;

/// Decodes a result whose type the caller chooses.
pub(super) fn decode_result<T: DeserializeOwned>(response: &mut DecodableResponse) -> Result<T, DecodeFailure> {
    result_as(&response.raw.body, response.operation.output)
}

/// Builder methods for generated code.
#[doc(hidden)]
impl<T> Call<T> {
    pub(super) fn new(client: &Client, operation: &'static Operation, decode: Decoder<T>) -> Self {
        let context = client.context.clone();
        let request = Request::new(operation, context.site.slug.clone(), &context.site.query);
        let limits = context.shared.settings.limits;
        let mut call = Self { context, request, limits, decode };
        if let Some(origin) = operation.server {
            call.request.set_server(origin, &call.context.shared.connection.base_url);
        }
        call
    }

    pub fn enveloped(client: &Client, operation: &'static Operation) -> Self
    where
        T: DeserializeOwned,
    {
        Self::new(client, operation, |response| envelope::enveloped(&response.raw.body))
    }

    pub fn enveloped_or_default(client: &Client, operation: &'static Operation) -> Self
    where
        T: DeserializeOwned + Default,
    {
        Self::new(client, operation, |response| envelope::enveloped_or_default(&response.raw.body))
    }

    pub fn whole_body(client: &Client, operation: &'static Operation) -> Self
    where
        T: DeserializeOwned,
    {
        Self::new(client, operation, |response| envelope::whole_body(&response.raw.body))
    }

    pub fn by_status(client: &Client, operation: &'static Operation) -> Self
    where
        T: ByStatus,
    {
        Self::new(client, operation, |response| T::decode(response.raw.status.as_u16(), &response.raw.body))
    }

    pub fn segment(mut self, text: impl AsRef<str>) -> Self {
        self.request.push_segment(text.as_ref());
        self
    }

    pub fn segment_number(mut self, number: i64) -> Self {
        self.request.push_segment(&number.to_string());
        self
    }

    pub fn query(mut self, query: &impl Serialize) -> Self {
        self.request.push_query(serde_html_form::to_string(query));
        self
    }

    pub fn styled_query(mut self, query: &impl Serialize, styles: &[(&str, QueryStyle)]) -> Self {
        self.request.push_styled_query(query, styles);
        self
    }

    pub fn data(mut self, data: &impl Serialize) -> Self {
        self.request.set_data(data);
        self
    }

    pub fn optional_data(mut self, data: &impl Serialize) -> Self {
        self.request.set_optional_data(data);
        self
    }

    pub fn body(mut self, body: &impl Serialize) -> Self {
        self.request.set_body(body);
        self
    }

    pub fn file(mut self, name: &'static str, file: Upload) -> Self {
        self.request.push_file(name, file);
        self
    }

    pub fn files(mut self, name: &'static str, files: impl IntoIterator<Item = Upload>) -> Self {
        self.request.set_multipart();
        files.into_iter().fold(self, |call, file| call.file(name, file))
    }

    pub fn whole_file(mut self, file: impl Into<Upload>) -> Self {
        self.request.set_file(file.into());
        self
    }
}

#[doc(hidden)]
impl Call<Download> {
    pub fn download(client: &Client, operation: &'static Operation) -> Self {
        Self::new(client, operation, |response| Ok(Download::new(response)))
    }
}

#[doc(hidden)]
impl Call<Redirect> {
    pub fn redirect(client: &Client, operation: &'static Operation) -> Self {
        Self::new(client, operation, |response| Ok(Redirect::new(response)))
    }
}
