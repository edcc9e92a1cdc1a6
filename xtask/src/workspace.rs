//! Finds the workspace, and lists and writes its files.

mod feature_block;
mod file;
mod plan;
mod root;
mod tree;

pub(crate) use feature_block::replace_feature_block;
pub(crate) use file::{File, create_folder, remove_folder, write_if_changed};
pub(crate) use plan::{Change, HEADER, Plan};
pub use root::find_root;
pub(crate) use tree::Tree;
