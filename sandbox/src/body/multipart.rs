//! Multipart forms.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request};
use axum::http::header;

use super::disposition::Disposition;
use super::{Content, MAX_VALUES, content_type, form, too_many_values};
use crate::call::{ApiError, Upload, require};

/// Reads a form. A part with a file name is the upload if it is named `file`, and is ignored otherwise.
pub(super) async fn read(mut request: Request) -> Result<Content, ApiError> {
    // The body is already in memory, so there is nothing left to limit.
    DefaultBodyLimit::disable().apply(&mut request);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| ApiError::bad_request("The content type of the form has no boundary."))?;
    let mut content = Content::default();
    let mut values = 0;
    while let Some(part) = form.next_field().await.map_err(|error| malformed(&error))? {
        add(&mut content, part, &mut values).await?;
    }
    Ok(content)
}

/// Adds a part to the content, and the number of its values to `values`.
async fn add(content: &mut Content, part: Field<'_>, values: &mut usize) -> Result<(), ApiError> {
    let sent = part.headers().get(header::CONTENT_DISPOSITION).map_or(&[][..], |value| value.as_bytes());
    let Disposition { name, file_name } = Disposition::parse(sent);
    let name = name.ok_or_else(|| ApiError::bad_request("A part of the form has no name."))?;
    *values += form::count_values(&name);
    require(*values <= MAX_VALUES, too_many_values())?;
    let content_type = Some(content_type(part.headers())).filter(|kind| !kind.is_empty());
    let content_type = content_type.unwrap_or("application/octet-stream").to_owned();
    let bytes = part.bytes().await.map_err(|error| malformed(&error))?;
    if name == "file" {
        content.upload = Some(Upload { name: file_name.unwrap_or_default(), content_type, content: bytes });
    } else if file_name.is_none() {
        let text = String::from_utf8(bytes.into()).map_err(|_| form::not_utf8(&name))?;
        form::insert(&mut content.arguments, &name, text)?;
    }
    Ok(())
}

fn malformed(_: &MultipartError) -> ApiError {
    ApiError::bad_request("The form is malformed, or its last boundary is missing.")
}
