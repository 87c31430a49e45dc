//! The blocks of a request: what a user's message and a result hold besides text.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::{
    super::{
        body::Object,
        decoder::parse,
        hosted,
        text::{Members, Str},
    },
    NAME,
    response::Block,
};
use crate::{
    error::Result,
    message::{Media, Origin, Source},
};

/// What a block can hold besides what one of a reply does.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Given<'a> {
    #[serde(borrow)]
    pub(super) tool_use_id: Option<Str<'a>>,
    pub(super) is_error: Option<bool>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    /// Where a file is, or a text that names where something was found.
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    title: Option<Str<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Origins<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    media_type: Option<Str<'a>>,
    #[serde(borrow)]
    data: Option<Str<'a>>,
    #[serde(borrow)]
    url: Option<Str<'a>>,
    #[serde(borrow)]
    file_id: Option<Str<'a>>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

/// A text stands for one text block.
pub(super) fn each(raw: &RawValue, mut take: impl FnMut(&RawValue, Block<'_>) -> Result<()>) -> Result<Option<String>> {
    if raw.get().starts_with('"') {
        return parse(NAME, raw.get()).map(Some);
    }
    for raw in parse::<Option<Vec<&RawValue>>>(NAME, raw.get())?.unwrap_or_default() {
        take(raw, parse(NAME, raw.get())?)?;
    }
    Ok(None)
}

/// A block to the letter, but for its mark: that is a part of its own, and counted.
pub(super) fn own(raw: &RawValue, block: &Block<'_>) -> Origin {
    let members = block.cache_control.and_then(|_| serde_json::from_str::<Members<'_>>(raw.get()).ok());
    let Some(members) = members else { return Origin::new(NAME, raw.get()) };
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    for (key, value) in members.0.iter().filter(|(key, _)| &**key != "cache_control") {
        object.json(key, value.get());
    }
    object.end();
    Origin::new(NAME, String::from_utf8_lossy(&out))
}

/// An image or a document, and what else other services have at least the words of.
pub(super) fn file(raw: &RawValue, block: &Block<'_>) -> Result<Option<Media>> {
    let kind = block.kind.as_deref().unwrap_or_default();
    let whole = |text: String| Media { origin: Some(own(raw, block)), ..Media::text(text) };
    match kind {
        "text" if !block.citations().is_empty() => {
            return Ok(block.text.as_deref().map(|text| whole(text.to_owned())));
        }
        "image" | "document" | "search_result" => {}
        _ => return Ok(None),
    }
    let given: Given<'_> = parse(NAME, raw.get())?;
    let Some(source) = given.source else { return Ok(None) };
    let name = given.title.map(Str::into_string);
    if kind == "search_result" {
        let found = given.content.map(words).transpose()?.flatten();
        let from = serde_json::from_str::<Str<'_>>(source.get()).unwrap_or_default();
        return Ok(found.map(|found| Media { name, ..whole(format!("{}\n{found}", &*from)) }));
    }
    let Ok(from) = serde_json::from_str::<Origins<'_>>(source.get()) else { return Ok(None) };
    let mime = from.media_type.map(Str::into_string).unwrap_or_default();
    let mut media = match (from.data, from.url, from.file_id) {
        (Some(data), ..) if from.kind.as_deref() == Some("text") => Media::text(data.into_string()),
        (Some(data), ..) => Media::base64(mime, data.into_string()),
        (_, Some(url), _) => Media::url(mime, url.into_string()),
        (_, _, Some(id)) => Media { source: Source::File(id.into_string()), ..Media::url(mime, "") },
        _ => {
            let inside = from.content.map(words).transpose()?.flatten();
            return Ok(inside.map(|text| Media { name, ..whole(text) }));
        }
    };
    // An address tells no type; what it was given as is known at least.
    if media.mime.is_empty() {
        match (kind, &media.source) {
            ("image", _) => "image/*".clone_into(&mut media.mime),
            (_, Source::Url(_)) => "application/pdf".clone_into(&mut media.mime),
            _ => {}
        }
    }
    let origin = hosted::more(NAME, raw, &["type", "source", "title", "cache_control"]);
    Ok(Some(Media { name, origin, ..media }))
}

/// The texts of a content, where it has nothing else.
fn words(raw: &RawValue) -> Result<Option<String>> {
    let mut texts = Some(Vec::new());
    let text = each(raw, |_, block| {
        let text = block.text.filter(|_| block.kind.as_deref() == Some("text")).map(Str::into_string);
        texts = texts.take().zip(text).map(|(mut texts, text)| {
            texts.push(text);
            texts
        });
        Ok(())
    })?;
    Ok(text.or_else(|| texts.map(|texts| texts.join("\n"))))
}
