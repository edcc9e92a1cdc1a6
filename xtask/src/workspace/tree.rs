//! A locked folder in which a command replaces files.
//!
//! A command first saves the new contents of all files in a journal, and then replaces the files one by one. If it is killed before
//! the journal is complete, no file has changed. If it is killed after that, the next command that locks the folder replays the
//! journal.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use codegen::Diagnostic;

use super::file::{File, create_folder, remove_folder};
use crate::terminal::{Failure, Result};

/// The folder for the journal, which exists only while files are being replaced. It is in the locked folder so that files can be
/// renamed from it.
pub(super) const JOURNAL_FOLDER: &str = ".xtask";

/// A file's path relative to the locked folder, and its content, which is `None` for a file to be removed.
pub(super) type Entry<T = String> = (String, Option<T>);

/// A locked folder. Dropping this value unlocks the folder.
#[derive(Debug)]
pub(crate) struct Tree {
    folder: File,
    lock: Option<fs::File>,
    /// The number of files written or removed to complete an interrupted command.
    pub(crate) completed: usize,
}

/// Unlocks the folder explicitly, because a program started by another thread can briefly hold a copy of the file descriptor.
impl Drop for Tree {
    fn drop(&mut self) {
        // An error can be ignored, because closing the file also unlocks the folder.
        let _ = self.lock.as_ref().map(fs4::FileExt::unlock);
    }
}

impl Tree {
    /// Creates the folder if it does not exist, locks it, and completes or discards the write of an interrupted command.
    pub(crate) fn lock(folder: File) -> Result<Self> {
        create_folder(&folder.path)?;
        // On Unix, a folder can be locked, so no lock file is needed. On other systems, nothing is locked.
        let lock = if cfg!(unix) { Some(lock(&folder)?) } else { None };
        let mut tree = Self { folder, lock, completed: 0 };
        let journal = tree.journal().join("journal.json");
        if journal.path.exists() {
            let entries: Vec<Entry> = serde_json::from_slice(&journal.read()?).map_err(|error| {
                let error = Diagnostic::error(format!("the journal of an interrupted command is invalid: {error}"));
                let folder = &tree.journal().name;
                error.in_file(&journal.name).help(format!("remove the folder {folder}, and restore the files from git"))
            })?;
            tree.replay(&entries)?;
            tree.completed = entries.len();
        }
        remove_folder(&tree.journal().path)?;
        Ok(tree)
    }

    /// Replaces the files with their new content. If that fails, restores their old content.
    pub(super) fn replace(&self, new: &[Entry], old: &[Entry<Vec<u8>>]) -> Result {
        self.save(new).or_else(|failure| self.discard_journal().and(Err(failure)))?;
        let replaced = self.replay(new).map_err(|failure| {
            let is_lost = |entry: &&Entry<Vec<u8>>| self.replay(std::slice::from_ref(*entry)).is_err();
            let lost: Vec<&str> = old.iter().filter(is_lost).map(|(path, _)| path.as_str()).collect();
            if lost.is_empty() {
                return failure;
            }
            failure.note(format!("not restored: {}", lost.join(", "))).help("restore these files from git")
        });
        self.discard_journal().and(replaced)
    }

    /// Saves the new contents of files in the journal.
    pub(super) fn save(&self, entries: &[Entry]) -> Result {
        let journal = self.journal();
        create_folder(&journal.path)?;
        let text = serde_json::json!(entries).to_string();
        let saved = self.write(text.as_bytes(), &journal.path.join("journal.json"));
        saved.and_then(|()| sync_folder(&journal.path)).map_err(Failure::io(journal.name, "cannot be written"))
    }

    /// Replaces and removes files. Has no effect on files that already have their new content.
    pub(super) fn replay<T: AsRef<[u8]>>(&self, entries: &[Entry<T>]) -> Result {
        for (path, content) in entries {
            let file = self.folder.join(path);
            let done = match content {
                Some(content) => self.write(content.as_ref(), &file.path),
                None => remove(&file.path),
            };
            done.map_err(Failure::io(file.name, "cannot be replaced"))?;
        }
        Ok(())
    }

    pub(super) fn discard_journal(&self) -> Result {
        remove_folder(&self.journal().path)
    }

    /// Writes a file atomically, so that it is never incomplete, even if the program is killed.
    fn write(&self, content: &[u8], path: &Path) -> io::Result<()> {
        let temporary = self.journal().path.join("new");
        let mut file = fs::File::create(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::rename(temporary, path)
    }

    fn journal(&self) -> File {
        self.folder.join(JOURNAL_FOLDER)
    }
}

fn lock(folder: &File) -> Result<fs::File> {
    let name = folder.path.display();
    let lock = fs::File::open(&folder.path).map_err(Failure::io(&name, "cannot be opened"))?;
    match fs4::FileExt::try_lock(&lock) {
        Ok(()) => Ok(lock),
        // Some network file systems do not support locks.
        Err(fs4::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(lock),
        Err(fs4::TryLockError::Error(error)) => Err(Failure::io(&name, "cannot be locked")(error)),
        Err(fs4::TryLockError::WouldBlock) => {
            let error = Diagnostic::error(format!("another command is writing to {name}"));
            Err(error.help("wait until the other command finishes, and run this command again").into())
        }
    }
}

/// Makes sure that the entries of a folder survive a power failure.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { fs::File::open(path)?.sync_all() } else { Ok(()) }
}

/// Removes a file if it exists, and then its folder if that is empty.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // `remove_dir` fails if the folder is not empty.
    path.parent().map_or(Ok(()), |folder| fs::remove_dir(folder).or(Ok(())))
}
