//! Reads, lists and writes files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::terminal::{Failure, Result};

/// Folders in the root of the workspace that are not part of the project.
const EXCLUDED: &[&str] = &[".git", ".xtask", "target"];

/// The path of a file or folder, and its name in messages. The name of the workspace's root is empty.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
}

impl File {
    /// Returns the file or folder at a path relative to this folder.
    pub(crate) fn join(&self, path: &str) -> Self {
        let name = if self.name.is_empty() { path.to_owned() } else { format!("{}/{path}", self.name) };
        Self { path: self.path.join(path), name }
    }

    pub(crate) fn read(&self) -> Result<Vec<u8>> {
        fs::read(&self.path).map_err(|error| {
            let failure = Failure::new(format!("the file cannot be read: {error}"));
            failure.in_file(&self.name).help("correct the file name")
        })
    }

    pub(crate) fn read_text(&self) -> Result<String> {
        String::from_utf8(self.read()?).map_err(|_| Failure::new(format!("{}: the file is not UTF-8 text", self.name)))
    }

    /// Lists all files of the project below this folder, sorted by path. The list is empty if the folder does not exist.
    pub(crate) fn files_below(&self) -> Result<Vec<Self>> {
        let mut files = Vec::new();
        if self.path.exists() {
            self.add_files(&mut files)?;
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Adds all files below this folder. A symbolic link counts as a file.
    fn add_files(&self, files: &mut Vec<Self>) -> Result {
        let failed = Failure::io(self.path.display(), "cannot be listed");
        for entry in fs::read_dir(&self.path).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            let Self { name, .. } = self.join(&entry.file_name().to_string_lossy());
            let file = Self { path: entry.path(), name };
            if EXCLUDED.contains(&file.name.as_str()) {
                continue;
            }
            if entry.file_type().map_err(&failed)?.is_dir() {
                file.add_files(files)?;
            } else {
                files.push(file);
            }
        }
        Ok(())
    }
}

/// Writes a file, and creates its ancestor folders if they do not exist. A file that already has this content keeps its
/// modification time, so that cargo does not rebuild it.
pub(crate) fn write_if_changed(path: &Path, content: impl AsRef<[u8]>) -> Result {
    if fs::read(path).is_ok_and(|old| old == content.as_ref()) {
        return Ok(());
    }
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::write(path, content)).map_err(Failure::io(path.display(), "cannot be written"))
}

/// Creates a folder and its ancestors.
pub(crate) fn create_folder(path: &Path) -> Result {
    fs::create_dir_all(path).map_err(Failure::io(path.display(), "cannot be created"))
}

/// Removes a folder if it exists.
pub(crate) fn remove_folder(path: &Path) -> Result {
    let removed = if path.exists() { fs::remove_dir_all(path) } else { Ok(()) };
    removed.map_err(Failure::io(path.display(), "cannot be removed"))
}
