//! Lists and writes files.

use std::fs;
use std::path::Path;

use super::file::File;
use crate::terminal::Failure;

/// Folders in the workspace that are not part of the project.
const EXCLUDED: &[&str] = &[".git", "target"];

/// Lists all files of the project, sorted by name.
pub(crate) fn project_files(root: &Path) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    for entry in entries(&File { path: root.to_owned(), name: String::new() })? {
        if !EXCLUDED.contains(&entry.name.as_str()) {
            add_files(entry, &mut files)?;
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Lists all files below a folder, sorted by path. The list is empty if the folder does not exist.
pub(crate) fn files_below(folder: &File) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    if folder.path.exists() {
        entries(folder)?.into_iter().try_for_each(|entry| add_files(entry, &mut files))?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Adds a file, or all files below a folder. A symbolic link counts as a file.
fn add_files(entry: File, files: &mut Vec<File>) -> Result<(), Failure> {
    if entry.path.is_dir() && !entry.path.is_symlink() {
        return entries(&entry)?.into_iter().try_for_each(|entry| add_files(entry, files));
    }
    files.push(entry);
    Ok(())
}

/// Lists the files and folders directly in a folder.
fn entries(folder: &File) -> Result<Vec<File>, Failure> {
    let failed = |error| Failure::io(&folder.path.display().to_string(), "cannot be listed", &error);
    let prefix = if folder.name.is_empty() { String::new() } else { format!("{}/", folder.name) };
    let entries = fs::read_dir(&folder.path).map_err(failed)?.map(|entry| {
        let entry = entry.map_err(failed)?;
        Ok(File { path: entry.path(), name: format!("{prefix}{}", entry.file_name().to_string_lossy()) })
    });
    entries.collect()
}

/// Writes a file, and creates its ancestor folders if they do not exist. A file that already has this content keeps its
/// modification time, so that cargo does not rebuild it.
pub(crate) fn write_if_changed(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|old| old == content.as_ref()) {
        return Ok(());
    }
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| fs::write(path, content));
    written.map_err(|error| Failure::io(&path.display().to_string(), "cannot be written", &error))
}
