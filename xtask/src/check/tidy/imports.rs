//! Which files of a crate import which: by the table of its folders, and without circles across folders.
//!
//! The paths `crate::…`, `super::…` and `self::…` of `use` items and of other code are followed to the file that defines the item;
//! a `use` in between, such as a re-export in `lib.rs`, counts as an import of its own file only. Tests and the arguments of macros
//! are not looked at.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use syn::visit_mut::{self, VisitMut};

use super::layout::Layout;
use crate::inputs::GENERATED;

type Path = Vec<String>;

/// Imports that are followed from one to the next at most.
const LONGEST_CHAIN: usize = 8;

/// The modules of a crate, by their path from its root.
#[derive(Default)]
struct Modules(BTreeMap<Path, Module>);

#[derive(Default)]
struct Module {
    /// The file, relative to the crate's source folder.
    file: String,
    /// The paths that the code of the module mentions, from the crate's root.
    mentions: BTreeSet<Path>,
    /// The names that `use` items bring in, with their paths from the crate's root.
    names: BTreeMap<String, Path>,
}

pub(super) fn check(layout: &Layout, files: &[(String, String)], complaints: &mut Vec<String>) {
    let mut modules = Modules::default();
    let inside = |name: &str| name.strip_prefix(layout.source)?.strip_prefix('/').map(str::to_owned);
    for (file, text) in files.iter().filter_map(|(name, text)| Some((inside(name)?, text))) {
        if !super::is_rust(&file) || file.starts_with("bin/") {
            continue;
        }
        match syn::parse_file(text) {
            Ok(syntax) => modules.add(file, syntax),
            Err(error) => complaints.push(format!("{}/{file}: cannot be parsed: {error}", layout.source)),
        }
    }
    let imports = modules.imports();
    check_folders(layout, &imports, complaints);
    check_circles(layout, &imports, complaints);
}

/// Every file with the files that it imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

fn check_folders(layout: &Layout, imports: &Imports, complaints: &mut Vec<String>) {
    let source = layout.source;
    let mut unknown = BTreeSet::new();
    for (file, imported) in imports {
        // Bindings use the public paths of the crate's root.
        if format!("{source}/{file}").starts_with(GENERATED) {
            continue;
        }
        let Some(from) = folder(file) else { continue };
        let Some((_, allowed)) = layout.folders.iter().find(|(name, _)| *name == from) else {
            if unknown.insert(from) {
                complaints.push(format!("{source}/{file}: the folder `{from}` is not in the table of tidy/layout.rs"));
            }
            continue;
        };
        for target in imported {
            let to = folder(target);
            if to != Some(from) && !to.is_some_and(|to| allowed.contains(&to)) {
                let allowed = if allowed.is_empty() { "no other folder".to_owned() } else { allowed.join(", ") };
                complaints.push(format!("{source}/{file} imports {source}/{target}; `{from}` may import {allowed}"));
            }
        }
    }
}

/// The first folder of a file, or the file itself in its place; the crate's root has none.
fn folder(file: &str) -> Option<&str> {
    let first = file.split('/').next().unwrap_or(file);
    let first = first.strip_suffix(".rs").unwrap_or(first);
    (!["lib", "main"].contains(&first)).then_some(first)
}

fn check_circles(layout: &Layout, imports: &Imports, complaints: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for (file, imported) in imports {
        for target in imported.iter().filter(|target| folder(target) != folder(file)) {
            let Some(mut circle) = way(imports, target, file) else { continue };
            let members: BTreeSet<String> = circle.iter().cloned().collect();
            if seen.insert(members) {
                circle.push(target.clone());
                let source = layout.source;
                let circle: Vec<String> = circle.iter().map(|file| format!("{source}/{file}")).collect();
                complaints.push(format!("import circle across folders: {}", circle.join(" → ")));
            }
        }
    }
}

/// The shortest way from one file to another along imports, both included.
fn way(imports: &Imports, from: &str, to: &str) -> Option<Vec<String>> {
    let mut before: BTreeMap<&str, &str> = BTreeMap::new();
    let mut open = VecDeque::from([from]);
    while let Some(file) = open.pop_front() {
        if file == to {
            let mut way = vec![file.to_owned()];
            let mut last = file;
            while let Some(previous) = before.get(last).filter(|_| last != from) {
                way.push((*previous).to_owned());
                last = previous;
            }
            way.reverse();
            return Some(way);
        }
        for next in imports.get(file).into_iter().flatten() {
            if next != from && !before.contains_key(next.as_str()) {
                before.insert(next, file);
                open.push_back(next);
            }
        }
    }
    None
}

impl Modules {
    fn add(&mut self, file: String, mut syntax: syn::File) {
        let mut path: Path = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if path.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
            path.pop();
        }
        let mut reader = Reader { path: path.clone(), module: Module { file, ..Module::default() } };
        reader.visit_file_mut(&mut syntax);
        // A crate with `lib.rs` and `main.rs` has two roots; both count as one module.
        let entry = self.0.entry(path).or_default();
        entry.file = reader.module.file;
        entry.mentions.extend(reader.module.mentions);
        entry.names.extend(reader.module.names);
    }

    fn imports(&self) -> Imports {
        let mut imports = Imports::new();
        for module in self.0.values() {
            let targets =
                module.mentions.iter().chain(module.names.values()).filter_map(|path| self.file(path, LONGEST_CHAIN));
            let others = targets.filter(|target| *target != module.file).map(str::to_owned);
            imports.entry(module.file.clone()).or_default().extend(others);
        }
        imports
    }

    /// The file that defines what a path names, unless it is an item of the crate's root.
    fn file(&self, path: &[String], chain: usize) -> Option<&str> {
        let length = (0..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
        let module = self.0.get(&path[..length])?;
        let rest = path.get(length..).unwrap_or_default();
        if let Some(imported) = rest.first().and_then(|name| module.names.get(name))
            && chain > 0
            && imported != path
        {
            let whole: Path = imported.iter().chain(rest.get(1..).unwrap_or_default()).cloned().collect();
            return self.file(&whole, chain - 1);
        }
        Some(&module.file)
    }
}

/// Collects the paths of one file.
struct Reader {
    /// The path of the module that is being read.
    path: Path,
    module: Module,
}

impl Reader {
    /// A path from the crate's root, if it begins with `crate`, `super` or `self`.
    fn absolute(&self, segments: &[String]) -> Option<Path> {
        let mut path = match segments.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => self.path.clone(),
            "super" => self.path.get(..self.path.len().checked_sub(1)?)?.to_vec(),
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
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.read_use(&path.tree, &with(path.ident.to_string())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.read_use(tree, before)),
            syn::UseTree::Glob(_) => self.module.mentions.extend(self.absolute(before)),
            syn::UseTree::Name(name) if name.ident == "self" => {
                let name = before.last().cloned().unwrap_or_default();
                self.bring_in(name, before);
            }
            syn::UseTree::Name(name) => self.bring_in(name.ident.to_string(), &with(name.ident.to_string())),
            syn::UseTree::Rename(rename) => self.bring_in(rename.rename.to_string(), &with(rename.ident.to_string())),
        }
    }

    /// Notes a name. A path without `crate`, `super` or `self` may begin with a module of this one.
    fn bring_in(&mut self, name: String, segments: &[String]) {
        let relative = || self.path.iter().chain(segments).cloned().collect();
        let path = self.absolute(segments).unwrap_or_else(relative);
        self.module.names.insert(name, path);
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
        self.path.push(module.ident.to_string());
        visit_mut::visit_item_mod_mut(self, module);
        self.path.pop();
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
            self.module.mentions.extend(self.absolute(&segments));
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
    fn allows_what_the_table_allows() {
        let files = [
            ("lib.rs", "mod high; mod low; pub use high::High;"),
            ("low.rs", "mod part; pub(crate) use part::Part;"),
            ("low/part.rs", "pub(crate) struct Part;"),
            ("high.rs", "use crate::low::Part; pub struct High(Part);"),
        ];
        assert_eq!(complaints(&files), [""; 0]);
    }

    #[test]
    fn refuses_an_import_that_the_table_does_not_allow() {
        let refused = ["a/src/low/part.rs imports a/src/high.rs; `low` may import no other folder"];
        for code in [
            "use crate::high::High;",
            "use super::super::high;",
            "use crate::{high::{self}, low};",
            "fn f() { crate::high::f() }",
            "struct S(Vec<crate::high::High>);",
            "mod inner { use super::super::super::high::High; }",
            // Through a re-export.
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
    fn tests_may_import_everything() {
        let test = "#[cfg(test)] mod tests { use crate::high::High; }";
        assert_eq!(complaints(&[("low.rs", test), ("high.rs", "pub struct High;")]), [""; 0]);
    }

    #[test]
    fn refuses_a_folder_without_a_row() {
        let expected = ["a/src/new/part.rs: the folder `new` is not in the table of tidy/layout.rs"];
        assert_eq!(complaints(&[("new/part.rs", ""), ("new/other.rs", "")]).len(), expected.len());
        assert_eq!(complaints(&[("new/part.rs", "")]), expected);
    }

    #[test]
    fn refuses_a_circle_across_folders() {
        const BOTH: Layout = Layout { source: "a/src", folders: &[("low", &["high"]), ("high", &["low"])] };
        let files = [
            ("low/one.rs", "use crate::high::two::Two; use super::other::Other;"),
            ("low/other.rs", "use super::one::One; pub struct Other;"),
            ("high/two.rs", "use crate::low::one::One; pub struct Two;"),
        ];
        let files: Vec<_> = files.iter().map(|(name, text)| (format!("a/src/{name}"), (*text).to_owned())).collect();
        let mut complaints = Vec::new();
        check(&BOTH, &files, &mut complaints);
        // The circle of `one` and `other` is within a folder.
        assert_eq!(
            complaints,
            ["import circle across folders: a/src/low/one.rs → a/src/high/two.rs → a/src/low/one.rs"]
        );
    }
}
