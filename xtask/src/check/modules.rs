//! Writes one crate with the bindings of many documents, each in its own module.
//!
//! Bindings add methods to `Client`, so each module defines its own `Client`. Paths in the bindings that begin with `crate::`
//! are rewritten to start at the module, which imports everything else from the crate root.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use codegen::Output;

use crate::command::{Context, Failure, Result};
use crate::runtime_copy::{write_bindings, write_runtime};

const CLIENT: &str = "talkable-api/src/client.rs";

/// Writes the `name` crate into `folder`, with one module per document.
pub(super) fn write_modules(
    context: &Context<'_>,
    documents: &[(String, Output)],
    name: &str,
    folder: &Path,
) -> Result {
    let package = folder.join(name);
    write_runtime(context, &features(documents), name, &package)?;
    let head = head(&methods(&context.file(CLIENT).read_text()?)?);
    let mut root =
        "//! The bindings of many documents.\n#![allow(ambiguous_glob_reexports, dead_code, unused_imports)]\n"
            .to_owned();
    let mut files = Vec::new();
    for (module, output) in documents {
        let _ = writeln!(root, "/// The bindings of one document.\npub mod {module};");
        files.push((format!("{module}.rs"), head.clone()));
        files.extend(output.files.iter().map(|file| {
            let text = file.text.replace("crate::", &format!("crate::generated::{module}::"));
            (format!("{module}/generated/{}", file.path), text)
        }));
    }
    // The runtime needs exactly one definition of these items, so they are taken from the first document.
    if let Some((first, _)) = documents.first() {
        let _ =
            writeln!(root, "pub use self::{first}::Reason;\npub(crate) use self::{first}::{{OPERATIONS, REASONS}};");
    }
    files.push(("mod.rs".to_owned(), root));
    write_bindings(&package, files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
}

/// The generated features of all documents.
fn features(documents: &[(String, Output)]) -> String {
    let lines = documents.iter().flat_map(|(_, output)| output.features.lines());
    let names: BTreeSet<&str> = lines.filter_map(|line| line.strip_suffix(" = []")).collect();
    let features: String = names.iter().map(|name| format!("{name} = []\n")).collect();
    format!("resources = {:?}\n{features}", Vec::from_iter(names))
}

/// The source of a module. It contains a stub `Client` that declares the methods of the real `Client`, so that a generated method
/// with the same name as one of them fails to compile.
fn head(methods: &[String]) -> String {
    let methods: String = methods.iter().map(|method| format!("    fn {method}() {{}}\n")).collect();
    format!(
        "//! The bindings of one document.
use crate::*;
pub use self::generated::*;
mod generated;
/// The client of this module.
#[derive(Clone, Debug)]
pub struct Client(pub crate::Client);
impl std::ops::Deref for Client {{
    type Target = crate::Client;
    fn deref(&self) -> &crate::Client {{
        &self.0
    }}
}}
impl Client {{
{methods}}}
"
    )
}

/// The names of the inherent methods of `Client`.
fn methods(client: &str) -> Result<Vec<String>> {
    let file = syn::parse_file(client).map_err(|error| Failure::new(format!("{CLIENT}: {error}")))?;
    let mut methods = Vec::new();
    for item in file.items {
        if let syn::Item::Impl(item) = item
            && item.trait_.is_none()
            && matches!(&*item.self_ty, syn::Type::Path(path) if path.path.is_ident("Client"))
        {
            methods.extend(item.items.into_iter().filter_map(|item| match item {
                syn::ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
                _ => None,
            }));
        }
    }
    Ok(methods)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_inherent_methods_of_the_client() {
        let text = "struct Client; impl Client { pub fn new() {} const A: u8 = 1; fn inside() {} } impl Drop for Client { fn drop(&mut self) {} } impl Other { fn other() {} }";
        assert_eq!(methods(text).unwrap(), ["new", "inside"]);
    }
}
