//! The one writer: files are compared first, and replaced all together or not at all.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::failure::Failure;
use crate::session::Named;

/// How the first line of every generated Rust file begins. Only files that begin so are ever removed.
pub(crate) const HEADER: &str = "// @generated";

/// What is to be on disk, beside what is there.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    files: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    file: Named,
    old: Option<Vec<u8>>,
    new: Option<Vec<u8>>,
}

/// One difference between the plan and the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The file is not there yet.
    Missing(String),
    /// The file differs; the number is the first line that does.
    Differs(String, usize),
    /// The file is no longer generated.
    Leftover(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name}: is missing"),
            Self::Differs(name, line) => write!(f, "{name}: differs from line {line} on"),
            Self::Leftover(name) => write!(f, "{name}: is no longer generated"),
        }
    }
}

impl Plan {
    /// Plans one file.
    pub(crate) fn put(&mut self, file: Named, text: String) -> Result<(), Failure> {
        let old = match fs::read(&file.path) {
            Ok(old) => Some(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&file.name, "cannot be read", &error)),
        };
        self.files.push(Planned { file, old, new: Some(text.into_bytes()) });
        Ok(())
    }

    /// Plans a file below `folder`. Its path comes from names in a document, so it must not lead elsewhere.
    pub(crate) fn put_below(&mut self, folder: &Named, path: &str, text: String) -> Result<(), Failure> {
        let name = format!("{}/{path}", folder.name);
        if path.is_empty() || !Path::new(path).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(Failure::Failed(format!("{name}: a generated file may not lie there")));
        }
        self.put(Named { path: folder.path.join(path), name }, text)
    }

    /// Plans the removal of generated files below `folder` that the plan doesn't hold.
    pub(crate) fn remove_leftovers(&mut self, folder: &Named) -> Result<(), Failure> {
        let kept: BTreeSet<PathBuf> = self.files.iter().map(|planned| planned.file.path.clone()).collect();
        for file in files_below(folder)? {
            if !kept.contains(&file.path) {
                let old = file.read()?;
                if old.starts_with(HEADER.as_bytes()) {
                    self.files.push(Planned { file, old: Some(old), new: None });
                }
            }
        }
        Ok(())
    }

    /// What has to change, in the plan's order.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.files.iter().filter_map(Planned::change).collect()
    }

    /// Makes the disk agree with the plan. New content is written beside the old one first, so that a full disk or a
    /// missing permission is found before the first file is replaced.
    pub(crate) fn apply(self) -> Result<(), Failure> {
        let changed: Vec<Planned> = self.files.into_iter().filter(|planned| planned.change().is_some()).collect();
        for (done, planned) in changed.iter().enumerate() {
            if let Err(error) = planned.prepare() {
                changed.iter().take(done + 1).for_each(Planned::discard);
                return Err(failed(&planned.file.name, "cannot be written", &error));
            }
        }
        for (done, planned) in changed.iter().enumerate() {
            if let Err(error) = planned.commit() {
                changed.iter().for_each(Planned::discard);
                changed.iter().take(done).for_each(Planned::restore);
                return Err(failed(&planned.file.name, "cannot be replaced", &error));
            }
        }
        Ok(())
    }
}

impl Planned {
    fn change(&self) -> Option<Change> {
        let name = self.file.name.clone();
        match (&self.old, &self.new) {
            (Some(old), Some(new)) if old == new => None,
            (Some(old), Some(new)) => {
                let same = old.split(|byte| *byte == b'\n').zip(new.split(|byte| *byte == b'\n'));
                Some(Change::Differs(name, 1 + same.take_while(|(old, new)| old == new).count()))
            }
            (None, _) => Some(Change::Missing(name)),
            (Some(_), None) => Some(Change::Leftover(name)),
        }
    }

    /// The place beside the file where its new content waits.
    fn waiting(&self) -> PathBuf {
        let mut name = self.file.path.clone().into_os_string();
        name.push(format!(".{}.new", std::process::id()));
        PathBuf::from(name)
    }

    fn prepare(&self) -> io::Result<()> {
        let Some(new) = &self.new else { return Ok(()) };
        if let Some(folder) = self.file.path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(self.waiting(), new)
    }

    fn commit(&self) -> io::Result<()> {
        if self.new.is_some() {
            return fs::rename(self.waiting(), &self.file.path);
        }
        fs::remove_file(&self.file.path)?;
        self.remove_empty_folder();
        Ok(())
    }

    fn discard(&self) {
        // This cleans up after a failure that is being reported; a second one would only hide the first.
        let _ = fs::remove_file(self.waiting());
        if self.old.is_none() {
            self.remove_empty_folder();
        }
    }

    fn restore(&self) {
        let Some(old) = &self.old else {
            let _ = fs::remove_file(&self.file.path);
            return self.remove_empty_folder();
        };
        if let Some(folder) = self.file.path.parent() {
            let _ = fs::create_dir_all(folder);
        }
        let _ = fs::write(&self.file.path, old);
    }

    /// A folder whose last file went away goes too; `remove_dir` refuses all others.
    fn remove_empty_folder(&self) {
        if let Some(folder) = self.file.path.parent() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// All files below a folder, sorted; none if the folder isn't there.
pub(crate) fn files_below(folder: &Named) -> Result<Vec<Named>, Failure> {
    let entries = match fs::read_dir(&folder.path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(&folder.name, "cannot be listed", &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed(&folder.name, "cannot be listed", &error))?;
        let name = format!("{}/{}", folder.name, entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(|error| failed(&name, "cannot be read", &error))?;
        let named = Named { path: entry.path(), name };
        if kind.is_dir() {
            files.extend(files_below(&named)?);
        } else {
            files.push(named);
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn failed(name: &str, what: &str, error: &io::Error) -> Failure {
    Failure::Failed(format!("{name}: {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for each test, empty at the start.
    fn folder(name: &str) -> Named {
        let name = format!("talkable-tree-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(&name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Named { path, name }
    }

    fn names(folder: &Named) -> Vec<String> {
        let prefix = format!("{}/", folder.name);
        files_below(folder).unwrap().iter().map(|file| file.name.replace(&prefix, "")).collect()
    }

    #[test]
    fn what_was_replaced_comes_back_when_a_later_file_cannot_be() {
        let folder = folder("rollback");
        fs::write(folder.path.join("a"), "old").unwrap();
        let mut plan = Plan::default();
        plan.put_below(&folder, "a", "new".to_owned()).unwrap();
        plan.put_below(&folder, "b/c", "new".to_owned()).unwrap();
        plan.put_below(&folder, "d", "new".to_owned()).unwrap();
        // After the plan was made, a folder takes the place of the last file.
        fs::create_dir(folder.path.join("d")).unwrap();
        let message = plan.apply().unwrap_err().to_string();
        assert!(message.contains("/d: cannot be replaced"), "{message}");
        assert_eq!(names(&folder), ["a"]);
        assert_eq!(fs::read_to_string(folder.path.join("a")).unwrap(), "old");
        fs::remove_dir_all(&folder.path).unwrap();
    }

    #[test]
    fn nothing_waits_when_one_file_cannot_be_prepared() {
        let folder = folder("prepare");
        let mut plan = Plan::default();
        plan.put_below(&folder, "a", "new".to_owned()).unwrap();
        plan.put_below(&folder, "b/c", "new".to_owned()).unwrap();
        // After the plan was made, a file takes the place of a folder.
        fs::write(folder.path.join("b"), "in the way").unwrap();
        let message = plan.apply().unwrap_err().to_string();
        assert!(message.contains("/b/c: cannot be written"), "{message}");
        assert_eq!(names(&folder), ["b"]);
        fs::remove_dir_all(&folder.path).unwrap();
    }

    #[test]
    fn no_file_may_lie_outside() {
        let folder = folder("outside");
        for path in ["../a", "/a", "", "a/../../b"] {
            assert!(Plan::default().put_below(&folder, path, String::new()).is_err(), "{path}");
        }
        fs::remove_dir_all(&folder.path).unwrap();
    }
}
