//! Assets: uploading, finding and listing files.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde_json::json;

use crate::call::{ApiError, ApiResult, Call, require};
use crate::state::{Asset, Site};
use crate::view;

const PER_PAGE: i64 = 25;

pub(super) fn list(site: &mut Site, call: &Call) -> ApiResult {
    let fields = call.fields();
    let kind = fields.text("content_type").unwrap_or_default();
    let page = usize::try_from(fields.integer("page")?.unwrap_or(1).max(1)).unwrap_or(1);
    let size = usize::try_from(fields.integer("per_page")?.unwrap_or(PER_PAGE)).unwrap_or_default();
    let matching: Vec<&Asset> = site.assets.iter().filter(|asset| asset.content_type.starts_with(&kind)).collect();
    let assets = matching.iter().skip((page - 1).saturating_mul(size)).take(size);
    Ok(json!({
        "assets": view::list(site, assets.copied(), view::asset),
        "total": matching.len(),
    }))
}

pub(super) fn find(site: &mut Site, call: &Call) -> ApiResult {
    let asset = call.path("id").parse().ok().and_then(|id| site.assets.get(id));
    let asset = asset.ok_or_else(|| ApiError::bad_request("No asset found by `id`."))?;
    Ok(json!({ "asset": view::asset(site, asset) }))
}

pub(super) fn upload(site: &mut Site, call: &Call) -> ApiResult {
    let upload = call.upload.as_ref().ok_or_else(|| ApiError::bad_request("`file` is required"))?;
    let name = file_name(&upload.name);
    require(!name.is_empty(), ApiError::invalid("File name can't be blank"))?;
    let is_free = site.assets.iter().all(|asset| asset.name != name);
    require(is_free, ApiError::invalid("File name has already been taken"))?;
    let created_at = site.now();
    let content = upload.content.clone();
    // Removes the parameters of the media type, such as `charset`.
    let media_type = upload.content_type.split(';').next().unwrap_or_default().trim();
    let content_type = media_type.chars().take(127).collect();
    let size = imagesize::blob_size(&content).ok().map(|size| (size.width, size.height));
    let fingerprint = format!("{:016x}{:016x}", hash(0, &content), hash(1, &content));
    let id = site.assets.insert(|id| Asset { name, content, id, content_type, size, fingerprint, created_at });
    Ok(json!({ "asset": view::asset(site, &site.assets[id]) }))
}

/// Returns the last segment of an uploaded file's path, without control characters and truncated to 255 characters.
fn file_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let name: String = name.chars().filter(|c| !c.is_control()).take(255).collect();
    if name.chars().all(|c| c == '.') { String::new() } else { name }
}

fn hash(salt: u8, content: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    (salt, content).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_folders_from_file_names() {
        for (sent, name) in [
            ("logo.png", "logo.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\pictures\\logo.png", "logo.png"),
            ("..", ""),
            ("a/", ""),
            ("line\nfeed.png", "linefeed.png"),
        ] {
            assert_eq!(file_name(sent), name, "{sent:?}");
        }
    }
}
