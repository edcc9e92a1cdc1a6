//! The values that configure a sandbox.

mod clock;
mod invalid_setting;
mod limits;
mod webhook_target;

pub use clock::Clock;
pub(crate) use clock::LocalClock;
pub use invalid_setting::InvalidSetting;
pub(crate) use invalid_setting::parse_http_url;
pub(crate) use limits::Limits;
pub use webhook_target::WebhookTarget;
