//! Checks the imports between a crate's folders against the table in `layout.rs`.
//!
//! Every path that begins with `crate`, `super` or `self` is resolved to a folder, whether it is in a `use` item or in other code.
//! Re-exports in the crate root are followed. Tests and macro arguments are not checked.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit_mut::{self, VisitMut};

use super::layout::Layout;
use crate::inputs::{COMMANDS, GENERATED};

type Path = Vec<String>;

pub(super) fn check(layout: &Layout, files: &[(String, String)], complaints: &mut Vec<String>) {
    let mut readers: Vec<(&str, Reader)> = Vec::new();
    for (name, text) in files {
        let Some(file) = name.strip_prefix(layout.source).and_then(|file| file.strip_prefix('/')) else { continue };
        // Generated code is not checked. The bindings import from the public paths in the crate root.
        let is_generated = name.starts_with(GENERATED) || name.starts_with(COMMANDS);
        if !super::is_rust(file) || file.starts_with("bin/") || is_generated {
            continue;
        }
        match syn::parse_file(text) {
            Ok(mut syntax) => {
                let mut reader = Reader::new(file);
                reader.visit_file_mut(&mut syntax);
                readers.push((name, reader));
            }
            Err(error) => complaints.push(format!("{name}: cannot be parsed: {error}")),
        }
    }
    let roots = readers.iter().filter(|(_, reader)| reader.file.is_empty());
    let root: BTreeMap<String, Path> = roots.flat_map(|(_, reader)| reader.names.clone()).collect();
    let mut unknown = BTreeSet::new();
    for (name, reader) in &readers {
        let Some(from) = reader.file.first() else { continue };
        let Some((_, allowed)) = layout.folders.iter().find(|(name, _)| name == from) else {
            if unknown.insert(from) {
                complaints.push(format!("{name}: the folder `{from}` is missing from the table in tidy/layout.rs"));
            }
            continue;
        };
        // A name imported from the crate root must be a folder, or an item re-exported from a folder. Other items of the root
        // are not allowed, because the root imports all folders.
        let targets = reader.mentions.iter().map(|path| match path.first() {
            Some(name) if name == from => from.as_str(),
            Some(name) => root.get(name).and_then(|path| path.first()).map_or("the crate root", String::as_str),
            None => "the crate root",
        });
        for to in targets.filter(|to| to != from && !allowed.contains(to)).collect::<BTreeSet<_>>() {
            let allowed = if allowed.is_empty() { "no other folder".to_owned() } else { allowed.join(", ") };
            complaints.push(format!("{name} imports from {to}; `{from}` may import {allowed}"));
        }
    }
}

/// A visitor that collects the paths mentioned in one file.
struct Reader {
    /// The path of the file's module.
    file: Path,
    /// The path of the module that is being visited.
    module: Path,
    /// The mentioned paths, each starting at the crate root.
    mentions: BTreeSet<Path>,
    /// The names imported by `use` items, with their paths. For the crate root, the names of its modules are included.
    names: BTreeMap<String, Path>,
}

impl Reader {
    fn new(file: &str) -> Self {
        let mut path: Path = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if path.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
            path.pop();
        }
        Self { file: path.clone(), module: path, mentions: BTreeSet::new(), names: BTreeMap::new() }
    }

    /// Resolves a path that begins with `crate`, `super` or `self` to one that starts at the crate root.
    fn absolute(&self, segments: &[String]) -> Option<Path> {
        let mut path = match segments.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => self.module.clone(),
            "super" => self.module.get(..self.module.len().checked_sub(1)?)?.to_vec(),
            _ => return None,
        };
        for segment in segments.iter().skip(1) {
            if segment == "super" {
                path.pop()?;
            } else {
                path.push(segment.clone());
            }
        }
        Some(path)
    }

    fn read_use(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| before.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        let (name, segments) = match tree {
            syn::UseTree::Path(path) => return self.read_use(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => return group.items.iter().for_each(|tree| self.read_use(tree, before)),
            syn::UseTree::Glob(_) => (None, before.to_vec()),
            syn::UseTree::Name(name) if name.ident == "self" => (before.last().cloned(), before.to_vec()),
            syn::UseTree::Name(name) => (Some(name.ident.to_string()), with(&name.ident)),
            syn::UseTree::Rename(rename) => (Some(rename.rename.to_string()), with(&rename.ident)),
        };
        let absolute = self.absolute(&segments);
        self.mentions.extend(absolute.clone());
        if let Some(name) = name {
            // In the crate root, a path can also begin with the name of a module.
            self.names.insert(name, absolute.unwrap_or(segments));
        }
    }
}

impl VisitMut for Reader {
    fn visit_item_mut(&mut self, item: &mut syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if !attributes.iter().any(is_for_tests) {
            visit_mut::visit_item_mut(self, item);
        }
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        self.module.push(module.ident.to_string());
        if self.file.is_empty() {
            self.names.insert(module.ident.to_string(), self.module.clone());
        }
        visit_mut::visit_item_mod_mut(self, module);
        self.module.pop();
    }

    fn visit_item_use_mut(&mut self, item: &mut syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.read_use(&item.tree.clone(), &[]);
        }
    }

    fn visit_visibility_mut(&mut self, _: &mut syn::Visibility) {
        // `pub(in crate::…)` imports nothing.
    }

    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.mentions.extend(self.absolute(&segments));
        }
        visit_mut::visit_path_mut(self, path);
    }
}

/// Whether an attribute is `#[cfg(test)]`.
fn is_for_tests(attribute: &syn::Attribute) -> bool {
    attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout { source: "a/src", folders: &[("low", &[]), ("high", &["low"])] };

    fn complaints(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(name, text)| (format!("a/src/{name}"), (*text).to_owned())).collect();
        let mut complaints = Vec::new();
        check(&LAYOUT, &files, &mut complaints);
        complaints
    }

    #[test]
    fn accepts_imports_that_the_table_allows() {
        let files = [
            ("lib.rs", "mod high; mod low; pub use high::High;"),
            ("low.rs", "mod part; pub(crate) use part::Part;"),
            ("low/part.rs", "pub(crate) struct Part;"),
            ("high.rs", "use crate::low::Part; pub struct High(Part);"),
        ];
        assert_eq!(complaints(&files), [""; 0]);
    }

    #[test]
    fn rejects_imports_that_the_table_does_not_allow() {
        let refused = ["a/src/low/part.rs imports from high; `low` may import no other folder"];
        for code in [
            "use crate::high::High;",
            "use super::super::high;",
            "use crate::{high::{self}, low};",
            "fn f() { crate::high::f() }",
            "struct S(Vec<crate::high::High>);",
            "mod inner { use super::super::super::high::High; }",
            // The crate root re-exports `High`.
            "use crate::High;",
        ] {
            let files = [
                ("lib.rs", "mod high; mod low; pub use high::High;"),
                ("low.rs", "mod part;"),
                ("low/part.rs", code),
                ("high.rs", "pub struct High;"),
            ];
            assert_eq!(complaints(&files), refused, "{code}");
        }
    }

    #[test]
    fn rejects_imports_from_the_crate_root() {
        for code in ["use crate::root;", "use crate::*;", "use crate::ReexportedByGlob;", "fn f() { crate::root() }"] {
            let files = [("lib.rs", "mod low; pub use other::*; fn root() {}"), ("low.rs", code)];
            let expected = ["a/src/low.rs imports from the crate root; `low` may import no other folder"];
            assert_eq!(complaints(&files), expected, "{code}");
        }
    }

    #[test]
    fn tests_may_import_everything() {
        let test = "#[cfg(test)] mod tests { use crate::high::High; }";
        assert_eq!(complaints(&[("low.rs", test), ("high.rs", "pub struct High;")]), [""; 0]);
    }

    #[test]
    fn rejects_a_folder_that_is_missing_from_the_table() {
        let expected = ["a/src/new/part.rs: the folder `new` is missing from the table in tidy/layout.rs"];
        assert_eq!(complaints(&[("new/part.rs", ""), ("new/other.rs", "")]).len(), expected.len());
        assert_eq!(complaints(&[("new/part.rs", "")]), expected);
    }
}
