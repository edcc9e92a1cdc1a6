//! Lists, copies and writes files.

use std::fs;
use std::io;
use std::path::Path;

use super::file::File;
use crate::terminal::Failure;

/// Folders of the workspace that are not part of the project.
const NOT_OURS: &[&str] = &[".git", "target"];

/// All files of the project, sorted.
pub(crate) fn project_files(root: &Path) -> Result<Vec<File>, Failure> {
    let entries = fs::read_dir(root).map_err(|error| Failure::io("the workspace", "cannot be listed", &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Failure::io("the workspace", "cannot be listed", &error))?;
        let named = File { path: entry.path(), name: entry.file_name().to_string_lossy().into_owned() };
        if NOT_OURS.contains(&named.name.as_str()) {
            continue;
        }
        if named.path.is_dir() {
            files.extend(files_below(&named)?);
        } else {
            files.push(named);
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// All files below a folder, sorted; none if it does not exist.
pub(crate) fn files_below(folder: &File) -> Result<Vec<File>, Failure> {
    let entries = match fs::read_dir(&folder.path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::io(&folder.name, "cannot be listed", &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| Failure::io(&folder.name, "cannot be listed", &error))?;
        let name = format!("{}/{}", folder.name, entry.file_name().to_string_lossy());
        let kind = entry.file_type().map_err(|error| Failure::io(&name, "cannot be read", &error))?;
        let named = File { path: entry.path(), name };
        if kind.is_dir() {
            files.extend(files_below(&named)?);
        } else {
            files.push(named);
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The names of the folders in a folder, sorted.
pub(crate) fn folders_in(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |error| Failure::io(&folder.display().to_string(), "cannot be listed", &error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Copies a folder, without the folders below it of the name `except`.
pub(crate) fn copy_folder(from: &Path, to: &Path, except: &str) -> Result<(), Failure> {
    let failed = |error| Failure::io(&from.display().to_string(), "cannot be copied", &error);
    for entry in fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().filter(|name| *name != except) else { continue };
        if path.is_dir() {
            copy_folder(&path, &to.join(name), except)?;
        } else {
            write_if_changed(&to.join(name), fs::read(&path).map_err(failed)?)?;
        }
    }
    Ok(())
}

/// Writes a file and the folders around it. A file with the same content keeps its time of change, so that cargo does not rebuild it.
pub(crate) fn write_if_changed(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|old| old == content.as_ref()) {
        return Ok(());
    }
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| fs::write(path, content));
    written.map_err(|error| Failure::io(&path.display().to_string(), "cannot be written", &error))
}
