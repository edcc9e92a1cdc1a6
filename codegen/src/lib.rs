//! Generates the source code of the `talkable-api` crate from Talkable's OpenAPI documents.
//!
//! The modules are declared in processing order. Each module imports only from modules declared before it. The [`pipeline`] module
//! lists the processing stages.

pub mod source;

pub mod openapi;

pub mod describe;

pub mod model;

pub mod emit;

pub mod edition;

pub mod pipeline;

pub mod report;

pub use describe::complete::complete;
pub use describe::downgrade::downgrade;
pub use describe::infer::widen::widen;
pub use describe::infer::{Inferred, infer};
pub use describe::overlay::{Applied, overlay};
pub use describe::repair::{Repaired, repair};
pub use describe::request_data::name_request_data;
pub use describe::transcribe::transcribe;
pub use describe::{Described, DocumentKind, Inputs, Published, Source, to_yaml};
pub use emit::print::{SourceFile, print};
pub use emit::{Module, emit, emit_commands, emit_table, emit_webhooks, features};
pub use model::events::events;
pub use model::lower::lower;
pub use model::name_collisions::name_collisions;
pub use model::normalize::{Normalized, normalize, normalize_webhooks};
pub use model::types::types;
pub use openapi::validate::validate;
pub use pipeline::{Output, Progress, Report, STAGES, Stage, generate, stop_after};
pub use report::coverage::{Coverage, coverage};
pub use report::diff::diff;
pub use report::explain::explain;
pub use report::result_examples::{ResultExample, result_examples};
pub use report::{Location, suggest};
pub use source::diagnostic::{Diagnostic, Result, Severity};
pub use source::document::Document;
pub use source::load::load;
