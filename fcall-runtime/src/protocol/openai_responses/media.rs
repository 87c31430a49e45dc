//! Texts, images and files in a Responses request, and the output of a call that is made of them.

use super::{
    super::{
        body::{List, write},
        hosted, openai, turns,
    },
    NAME, is_own,
};
use crate::message::{Content, Media, Source, ToolResult};

/// Writes what a call is told; returns why media of it could not be sent.
pub(super) fn result_output(
    answer: Option<&ToolResult>,
    broken_arguments: Option<&str>,
    out: &mut Vec<u8>,
) -> Vec<&'static str> {
    let Some(answer) = answer else {
        write(out, &format!("Error: {}", turns::UNANSWERED));
        return Vec::new();
    };
    let texts: Vec<&str> = answer.content.iter().filter_map(Content::as_text).collect();
    let mut text = texts.join("\n");
    // The wire has no flag for errors, so the text says it.
    let unsaid = answer.is_error && !text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("error"));
    if texts.len() + hosted::opaque(answer).filter(|origin| !is_own(origin)).count() == answer.content.len() {
        if unsaid {
            text.insert_str(0, "Error: ");
        }
        if let Some(arguments) = broken_arguments {
            text = turns::with_broken(arguments, &text);
        }
        write(out, &text);
        return Vec::new();
    }
    let mut losses = Vec::new();
    let mut list = List::begin(out);
    if unsaid {
        text_part("Error:", &mut list);
    }
    for piece in &answer.content {
        match piece {
            Content::Text(text) | Content::Json(text) => text_part(text, &mut list),
            Content::Media(media) => {
                if let Err(why) = media_part(media, &mut list) {
                    losses.push(why);
                    text_part(&turns::absent(media), &mut list);
                }
            }
            Content::Opaque(origin) if is_own(origin) => list.item().extend_from_slice(origin.json.as_bytes()),
            Content::Opaque(_) => {}
        }
    }
    if let Some(arguments) = broken_arguments {
        text_part(turns::with_broken(arguments, "").trim_start(), &mut list);
    }
    list.end();
    losses
}

/// Writes an image or a file; the error says why the wire can't take it.
pub(super) fn media_part(media: &Media, content: &mut List<'_>) -> Result<(), &'static str> {
    let image = media.mime.starts_with("image/");
    if media.mime.starts_with("audio/") || media.mime.starts_with("video/") {
        return Err("neither an image nor a document; left out");
    }
    if let Source::Text(text) = &media.source {
        text_part(&turns::text_file(media.name.as_deref(), text), content);
        return Ok(());
    }
    let mut object = content.object();
    object.field("type", if image { "input_image" } else { "input_file" });
    match &media.source {
        Source::Base64(data) => {
            if !image {
                object.field("filename", media.name.as_deref().unwrap_or("file"));
            }
            let address = format!("data:{};base64,{data}", media.mime);
            object.field(if image { "image_url" } else { "file_data" }, &address);
        }
        Source::Url(url) => object.field(if image { "image_url" } else { "file_url" }, url),
        Source::File(id) => object.field("file_id", id),
        // Written above.
        Source::Text(_) => {}
    }
    let said = openai::said_of_file(NAME, media);
    if image && said.get(openai::DETAIL).is_none() {
        object.words(openai::DETAIL, "auto");
    }
    for (key, value) in said.0.iter().filter(|(key, _)| image || &**key != openai::DETAIL) {
        object.json(key, value.get());
    }
    object.end();
    Ok(())
}

pub(super) fn text_part(text: &str, content: &mut List<'_>) {
    let mut object = content.object();
    object.field("type", "input_text");
    object.field("text", text);
    object.end();
}
