//! Finds the workspace, and lists and writes its files.

mod feature_block;
mod file;
mod files;
mod plan;
mod root;

pub(crate) use feature_block::replace_feature_block;
pub(crate) use file::File;
pub(crate) use files::{files_below, project_files, write_if_changed};
pub(crate) use plan::{Change, HEADER, Plan};
pub use root::find_root;
