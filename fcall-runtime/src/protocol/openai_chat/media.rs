//! Images, sounds and files in a Chat Completions request.

use super::{
    super::{
        body::List,
        ids, openai,
        turns::{self, Asked},
    },
    NAME,
};
use crate::message::{Content, Media, Source};

/// The media of a result, which this wire takes only from the user; `lost` hears why it can't take one.
pub(super) fn attachments(asked: &Asked<'_>, list: &mut List<'_>, mut lost: impl FnMut(&'static str)) {
    let media =
        asked.answer.map(|result| result.content.iter()).into_iter().flatten().filter_map(|piece| match piece {
            Content::Media(media) => Some(media),
            _ => None,
        });
    let mut media = media.peekable();
    if media.peek().is_none() {
        return;
    }
    let mut object = list.object();
    object.field("role", "user");
    let mut content = object.list("content");
    text_part(
        &format!("[attached to the result of {}, call {}]", ids::called(asked.call.said_name()), asked.id),
        &mut content,
    );
    for media in media {
        if let Err(why) = media_part(media, &mut content) {
            lost(why);
            text_part(&turns::absent(media), &mut content);
        }
    }
    content.end();
    object.end();
}

/// Writes an image, a sound or a file; the error says why the wire can't take it.
pub(super) fn media_part(media: &Media, content: &mut List<'_>) -> Result<(), &'static str> {
    let sound = match media.mime.strip_prefix("audio/") {
        Some("x-wav") => Some("wav"),
        Some("mpeg") => Some("mp3"),
        format => format,
    };
    let image = media.mime.starts_with("image/");
    let address = match &media.source {
        Source::Base64(data) if sound.is_some() => data.clone(),
        Source::Base64(data) => format!("data:{};base64,{data}", media.mime),
        Source::Url(url) if image => url.clone(),
        Source::Url(_) => return Err("only images can be sent by their address; left out"),
        Source::File(id) => id.clone(),
        Source::Text(text) => {
            text_part(&turns::text_file(media.name.as_deref(), text), content);
            return Ok(());
        }
    };
    let mut object = content.object();
    let uploaded = matches!(media.source, Source::File(_));
    let (kind, key) = match sound {
        _ if uploaded => ("file", "file_id"),
        Some(_) => ("input_audio", "data"),
        None if image => ("image_url", "url"),
        None => ("file", "file_data"),
    };
    object.field("type", kind);
    let mut inner = object.object(kind);
    if key == "file_data" || media.name.is_some() && kind == "file" {
        inner.field("filename", media.name.as_deref().unwrap_or("file"));
    }
    inner.field(key, &address);
    for (key, value) in openai::said_of_file(NAME, media).0.iter().filter(|(key, _)| image || &**key != openai::DETAIL)
    {
        inner.json(key, value.get());
    }
    if let (Some(format), false) = (sound, uploaded) {
        inner.field("format", format);
    }
    inner.end();
    object.end();
    Ok(())
}

pub(super) fn text_part(text: &str, content: &mut List<'_>) {
    let mut object = content.object();
    object.field("type", "text");
    object.field("text", text);
    object.end();
}
