//! Images and documents in a Messages request.

use super::{
    super::{
        body::{List, Object},
        text::Members,
    },
    is_own,
};
use crate::message::{Media, Source};

/// Writes an image or a document; the error says why the wire can't take it.
pub(super) fn media_block(media: &Media, content: &mut List<'_>) -> Result<(), &'static str> {
    let kind = media_kind(media)?;
    let own = media.origin.as_ref().filter(|origin| is_own(origin)).map(|origin| origin.json.as_str());
    if let Some(whole) = own.filter(|json| is_whole(json)) {
        content.item().extend_from_slice(whole.as_bytes());
        return Ok(());
    }
    let mut object = content.object();
    object.field("type", kind);
    if let Some(name) = media.name.as_deref().filter(|_| kind == "document") {
        object.field("title", name);
    }
    let mut source = object.object("source");
    match &media.source {
        Source::Base64(data) => match plain_text(media) {
            Some(text) => words(&text, &mut source),
            None => {
                source.field("type", "base64");
                source.field("media_type", &media.mime);
                source.field("data", data);
            }
        },
        Source::Url(url) => {
            source.field("type", "url");
            source.field("url", url);
        }
        Source::File(id) => {
            source.field("type", "file");
            source.field("file_id", id);
        }
        Source::Text(text) => words(text, &mut source),
    }
    source.end();
    object.members(own.unwrap_or_default());
    object.end();
    Ok(())
}

fn words(text: &str, source: &mut Object<'_>) {
    source.field("type", "text");
    source.field("media_type", "text/plain");
    source.field("data", text);
}

/// The type of the block that a file is, where it can be one.
pub(super) fn media_kind(media: &Media) -> Result<&'static str, &'static str> {
    let is_here = matches!(media.source, Source::Base64(_));
    match (media.mime.as_str(), &media.source) {
        (_, Source::Text(_)) | ("application/pdf", _) => Ok("document"),
        ("image/jpeg" | "image/png" | "image/gif" | "image/webp", _) => Ok("image"),
        (mime, _) if is_plain(mime) && (!is_here || plain_text(media).is_some()) => Ok("document"),
        (mime, _) if mime.starts_with("image/") && !is_here => Ok("image"),
        // Nobody said what is there.
        ("" | "application/octet-stream", Source::Url(url)) if names_image(url) => Ok("image"),
        ("" | "application/octet-stream", _) if !is_here => Ok("document"),
        _ => Err("neither an image nor a PDF; left out"),
    }
}

/// The words of a plain text that came as bytes: here it stands as it is.
fn plain_text(media: &Media) -> Option<String> {
    match &media.source {
        Source::Base64(data) if is_plain(&media.mime) => String::from_utf8(decoded(data)?).ok(),
        _ => None,
    }
}

fn is_plain(mime: &str) -> bool {
    mime.split(';').next().is_some_and(|mime| mime.trim().eq_ignore_ascii_case("text/plain"))
}

/// The bytes that base64 of the standard alphabet stands for.
fn decoded(base64: &str) -> Option<Vec<u8>> {
    let digits = base64.trim_end_matches('=');
    if base64.len() - digits.len() > 2 || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0, 0);
    for digit in digits.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 255) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// An address whose path ends as those of images do.
fn names_image(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| matches!(ending.as_str(), "jpg" | "jpeg" | "png" | "gif" | "webp"))
}

/// What is no file on this wire is kept with its type, and so with all else.
fn is_whole(own: &str) -> bool {
    serde_json::from_str::<Members<'_>>(own).is_ok_and(|members| members.get("type").is_some())
}
