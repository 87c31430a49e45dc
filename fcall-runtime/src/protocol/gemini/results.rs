//! The answer of a call: always an object, that says under `output` or `error` how it went.

use std::borrow::Cow;

use super::{
    super::{
        body::{self, Object},
        hosted,
        turns::{self, Asked},
    },
    is_own,
    media::media_part,
};
use crate::message::{Content, Media, Source};

/// Writes `response` and, where the model takes media in results, `parts`; returns the media that can't stand there.
pub(super) fn write(asked: &Asked<'_>, takes_media: bool, object: &mut Object<'_>) -> Vec<Media> {
    let Some(answer) = asked.answer else {
        say(true, turns::UNANSWERED, false, object);
        return Vec::new();
    };
    let pieces: Vec<&Content> = answer.content.iter().filter(|piece| piece.as_text().is_some()).collect();
    let (mut text, mut json) = match pieces[..] {
        [Content::Json(json)] => (Cow::Borrowed(json.as_str()), turns::is_json(json)),
        _ => {
            let texts: Vec<&str> = pieces.iter().filter_map(|piece| piece.as_text()).collect();
            (texts.join("\n").into(), false)
        }
    };
    if !asked.is_readable() {
        text = turns::with_broken(asked.call.said_arguments(), &text).into();
        json = false;
    }
    let own = || hosted::opaque(answer).filter(|origin| is_own(origin));
    let media = answer.content.iter().filter_map(|piece| match piece {
        Content::Media(media) => Some(media),
        _ => None,
    });
    let (inside, left): (Vec<&Media>, Vec<&Media>) = media.partition(|media| takes_media && stands_inside(media));
    if !left.is_empty() && !json {
        let gap = if text.is_empty() { "" } else { "\n" };
        text.to_mut().push_str(&format!("{gap}[{} attached behind the results]", left.len()));
    }
    say(answer.is_error, &text, json, object);
    if !inside.is_empty() || own().next().is_some() {
        let mut parts = object.list("parts");
        own().for_each(|origin| parts.item().extend_from_slice(origin.json.as_bytes()));
        for media in inside {
            let mut part = parts.object();
            media_part(media, &mut part);
            part.end();
        }
        parts.end();
    }
    left.into_iter().cloned().collect()
}

fn say(is_error: bool, text: &str, json: bool, object: &mut Object<'_>) {
    let mut response = object.object("response");
    let out = response.key(if is_error { "error" } else { "output" });
    if json {
        out.extend_from_slice(text.trim().as_bytes());
    } else {
        body::write(out, text);
    }
    response.end();
}

fn stands_inside(media: &Media) -> bool {
    let known = ["image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain"];
    known.contains(&media.mime.as_str()) && matches!(media.source, Source::Base64(_) | Source::File(_))
}
