//! The request of an operation, built from the arguments of its command.

mod curl;

use clap::ArgMatches;
use serde_json::{Value, json};
use talkable_api::{Call, Client, Error, InvalidError, StoredCall, Upload};

pub(crate) use self::curl::curl;
use crate::failure::{Failure, Result};
use crate::input::body::{DATA, body, option_value};
use crate::input::check::{Problem, Problems};
use crate::operation::{Body, Field, Operation};
use crate::session::Session;

/// A checked request, for any site.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) operation: &'static Operation,
    pub(crate) path: Vec<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// The names and the paths of the files to upload.
    pub(crate) files: Vec<(&'static str, String)>,
    /// The file that is the whole body.
    pub(crate) whole_file: Option<String>,
}

impl Prepared {
    /// Creates a request without arguments.
    pub(crate) fn empty(operation: &'static Operation) -> Self {
        let (path, headers, query, files) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { operation, path, headers, query, body: None, files, whole_file: None }
    }

    /// Reads and checks the arguments. Fails with all problems at once.
    pub(crate) fn new(operation: &'static Operation, matches: &ArgMatches, session: &mut Session<'_>) -> Result<Self> {
        let mut problems = Problems::new(matches.get_flag("unchecked"));
        let path = operation.path_arguments.iter().map(|field| {
            let text = texts(matches, "path", field).first().copied().unwrap_or_default().to_owned();
            let name = format!("<{}>", field.flag.replace('-', "_").to_uppercase());
            if text.is_empty() {
                problems.push(Problem::new(&name, "the value is empty"));
            } else {
                option_value(field.kind, &[&text], &name, &mut problems);
            }
            text
        });
        let path = path.collect();
        let headers = pairs("header", operation.headers, matches, &mut problems);
        let query = pairs("query", operation.query, matches, &mut problems);
        let body_value = body(&operation.body, matches, &mut problems, session)?;
        problems.finish()?;
        let files = operation.files.iter().flat_map(|file| {
            let paths = matches.get_many::<String>(&format!("file.{}", file.flag)).into_iter().flatten();
            paths.map(|path| (file.name, path.clone()))
        });
        let files = files.collect();
        let whole_file = match operation.body {
            Body::File => matches.get_one::<String>(DATA).cloned(),
            _ => None,
        };
        Ok(Self { operation, path, headers, query, body: body_value, files, whole_file })
    }

    /// Returns the same request for another page.
    pub(crate) fn with_page(&self, page: u32) -> Self {
        let mut request = self.clone();
        request.query.retain(|(name, _)| *name != "page");
        request.query.push(("page", page.to_string()));
        request
    }

    /// Creates the call for a client's site.
    pub(crate) fn call(&self, client: &Client) -> Result<Call<Value>> {
        let mut call = self.call_without_files(client).map_err(|error| Failure::of_call(&error))?;
        for (name, path) in &self.files {
            call = call.file(name, upload(path)?);
        }
        if let Some(path) = &self.whole_file {
            call = call.whole_file(upload(path.trim_start_matches('@'))?);
        }
        Ok(call)
    }

    /// Creates the call for a client's site, without the files to upload.
    pub(crate) fn call_without_files(&self, client: &Client) -> std::result::Result<Call<Value>, Error> {
        let stored = serde_json::from_value::<StoredCall>(json!({
            "version": 1,
            "operation": self.operation.id,
            "site_slug": client.site_slug(),
            "path_arguments": self.path,
            "query": self.query,
            "body": self.body.as_ref().map(Value::to_string),
        }));
        let stored = stored.map_err(|error| InvalidError::new("request", error.to_string()))?;
        let call = client.restore(&stored)?;
        Ok(self.headers.iter().fold(call, |call, (name, value)| call.header(name, value)))
    }
}

fn upload(path: &str) -> Result<Upload> {
    let bytes = std::fs::read(path).map_err(|error| Failure::read(path, error))?;
    let name = std::path::Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(Upload::from_bytes(name.unwrap_or_else(|| "file".to_owned()), bytes))
}

fn texts<'a>(matches: &'a ArgMatches, place: &str, field: &Field) -> Vec<&'a str> {
    let texts = matches.get_many::<String>(&format!("{place}.{}", field.flag));
    texts.into_iter().flatten().map(String::as_str).collect()
}

/// Returns the names and values of parameters. A list becomes a pair for each item.
fn pairs(
    place: &str,
    fields: &'static [Field],
    matches: &ArgMatches,
    problems: &mut Problems,
) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    for field in fields {
        let texts = texts(matches, place, field);
        if texts.is_empty() {
            continue;
        }
        match option_value(field.kind, &texts, &format!("--{}", field.flag), problems) {
            Some(Value::Array(items)) => pairs.extend(items.iter().map(|item| (field.name, plain(item)))),
            Some(value) => pairs.push((field.name, plain(&value))),
            None => {}
        }
    }
    pairs
}

/// Returns a string as it is, and other values as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
