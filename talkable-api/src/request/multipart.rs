//! Bodies of the media type `multipart/form-data`.

use std::borrow::Cow;

use reqwest::multipart::{Form, Part};

use super::Upload;
use super::form::Field;

/// The parts of a body: text parts, followed by files.
#[derive(Debug, Default)]
pub(crate) struct Multipart {
    pub(super) texts: Vec<Field>,
    files: Vec<(&'static str, Upload)>,
}

impl Multipart {
    pub(super) fn push(&mut self, name: &'static str, file: Upload) {
        self.files.push((name, file));
    }

    /// Whether the body can be sent again. This is false for a stream.
    pub(super) fn is_repeatable(&self) -> bool {
        self.files.iter().all(|(_, file)| file.is_repeatable())
    }

    /// Builds the form for one attempt.
    pub(super) fn form(&mut self, site: Option<&str>) -> Form {
        // The names are not percent-encoded, because servers don't decode them.
        let mut form = Form::new().percent_encode_noop();
        if let Some(site) = site {
            form = form.text("site_slug", site.to_owned());
        }
        for Field { name, value, is_json } in &self.texts {
            let part = Part::text(value.clone());
            // The fallback is never used, because the media type is valid.
            let part =
                if *is_json { part.mime_str("application/json").unwrap_or_else(|_| Part::text("")) } else { part };
            form = form.part(escaped(name).into_owned(), part);
        }
        self.files.iter_mut().fold(form, |form, (name, file)| form.part(escaped(name).into_owned(), file.part()))
    }
}

/// Escapes a name as browsers do.
fn escaped(name: &str) -> Cow<'_, str> {
    if !name.contains(['"', '\r', '\n']) {
        return name.into();
    }
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A").into()
}
