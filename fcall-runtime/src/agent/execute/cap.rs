//! How much of a result the model is told.

use crate::message::Content;

/// Cuts what is over the limit out of the middle of the text pieces, and says so; media are left alone.
///
/// `None` where nothing is over it.
pub(super) fn capped(content: &[Content], limit: usize) -> Option<Vec<Content>> {
    let text = content.iter().filter_map(Content::as_text).fold(0usize, |sum, text| sum.saturating_add(text.len()));
    (text > limit).then(|| {
        let mut left = limit;
        content.iter().map(|piece| cut(piece, &mut left)).collect()
    })
}

fn cut(piece: &Content, left: &mut usize) -> Content {
    let Some(text) = piece.as_text() else { return piece.clone() };
    if text.len() <= *left {
        *left -= text.len();
        return piece.clone();
    }
    let head = text.floor_char_boundary(*left / 4 * 3);
    let tail = text.ceil_char_boundary(text.len() - *left / 4);
    *left = 0;
    // JSON with a hole is no JSON.
    Content::Text(format!("{}\n[... {} bytes left out ...]\n{}", &text[..head], tail - head, &text[tail..]))
}
