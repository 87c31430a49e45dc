//! Images and documents in a part.

use super::super::{body::Object, turns};
use crate::message::{Media, Source};

/// Writes a part's data or where it is.
pub(super) fn media_part(media: &Media, part: &mut Object<'_>) {
    let (kind, key, value) = match &media.source {
        Source::Base64(data) => ("inlineData", "data", data),
        Source::Url(uri) | Source::File(uri) => ("fileData", "fileUri", uri),
        Source::Text(text) => return part.field("text", &turns::text_file(media.name.as_deref(), text)),
    };
    let mut object = part.object(kind);
    // `image/*` stands for an image of which no more is known.
    if !media.mime.is_empty() && !media.mime.ends_with("/*") {
        object.field("mimeType", &media.mime);
    }
    object.field(key, value);
    object.end();
}
