//! Arguments that the question names: `base 10, height 5`, `from: Berlin`, `depth = 3`.
//!
//! A name counts as a label where a new part of the sentence begins with it, or where a colon or an equals sign stands
//! behind it. Elsewhere it may be any word of the sentence, and only draws what stands near it.

use std::ops::Range;

use serde_json::Value;

use super::{
    leaves::Leaf,
    question::Question,
    schema::Type,
    stem, value,
    words::{self, Break, Look},
};

/// A parameter named in the question, and the words that are its value.
struct Label {
    leaf: usize,
    words: Range<usize>,
}

/// Fills what is labelled and marks the words as used; returns the word where a list of labels begins behind a colon,
/// 0 where there is no such list.
pub(super) fn fill(
    question: &Question<'_>,
    leaves: &[Leaf<'_>],
    values: &mut [Option<Value>],
    used: &mut [bool],
) -> usize {
    let (labels, listing) = find(question, leaves);
    for (at, label) in labels.iter().enumerate() {
        let limit = labels.get(at + 1).map_or(question.words.len(), |next| next.words.start);
        let leaf = &leaves[label.leaf];
        let mut range = label.words.end..limit;
        // The last value ends with its sentence; another one goes on to the next label.
        let last = at + 1 == labels.len();
        if let Some(end) = range.clone().find(|at| last && question.words[*at].after == Break::End) {
            range.end = end + 1;
        }
        while range.len() > 1
            && question
                .words
                .get(range.start)
                .is_some_and(|w| w.look == Look::Plain && matches!(w.lower.as_str(), "is" | "are" | "as"))
        {
            range.start += 1;
        }
        // "depth 3 and width 4": the word before the next label joins.
        if at + 1 < labels.len()
            && range.len() > 1
            && question.words.get(range.end - 1).is_some_and(|w| matches!(w.lower.as_str(), "and" | "with"))
        {
            range.end -= 1;
        }
        let text = is_text(leaf).then(|| verbatim(question, &range, labels.get(at + 1))).flatten();
        let text = text.map(Value::String).filter(|text| leaf.node.takes(text));
        if let Some(found) = text.or_else(|| value::read(question, &range, leaf)) {
            used[label.words.start..range.end].fill(true);
            values[label.leaf] = Some(found);
        }
    }
    listing
}

fn is_text(leaf: &Leaf<'_>) -> bool {
    leaf.is(Type::String) && leaf.node.choices.is_none()
}

/// The text up to the next label as it stands, with the punctuation that is in it, without what only ends the part.
fn verbatim(question: &Question<'_>, range: &Range<usize>, next: Option<&Label>) -> Option<String> {
    let first = question.words.get(range.start)?;
    if first.look == Look::Quoted {
        return None;
    }
    let end = match next {
        Some(next) => question.words[next.words.start].start,
        None => question.words.get(range.end).map_or(question.text.len(), |word| word.start),
    };
    let mut text = question.text.get(first.start..end)?.trim_end();
    let ends: &[&str] =
        if next.is_some() { &[",", ";", " and", " with"] } else { &[".", "?", "!", ",", " please", " thanks"] };
    for _ in 0..2 {
        let abbreviated = words::is_abbreviation(text.rsplit(' ').next().unwrap_or_default());
        let end = ends.iter().filter(|end| **end != "." || !abbreviated).find_map(|end| text.strip_suffix(end));
        text = end.unwrap_or(text).trim_end();
    }
    (!text.is_empty()).then(|| text.to_owned())
}

/// The labels in the order of the question; of two in one place the longer one.
fn find(question: &Question<'_>, leaves: &[Leaf<'_>]) -> (Vec<Label>, usize) {
    let mut found: Vec<Label> = Vec::new();
    for (leaf, target) in leaves.iter().enumerate() {
        let Some(first) = target.name.first() else { continue };
        let raw = stem::fold(target.path.rsplit('.').next().unwrap_or_default());
        let mut starts: Vec<usize> = question.index.get(&stem::stem(first)).cloned().unwrap_or_default();
        starts.extend(question.index.get(&stem::stem(&raw)).into_iter().flatten());
        for at in starts {
            let len = if question.words[at].lower == raw { 1 } else { target.name.len() };
            let end = at + len;
            if end < question.words.len()
                && (len == 1 || spells(question, at..end, &target.name))
                && is_label(question, at..end)
            {
                found.push(Label { leaf, words: at..end });
            }
        }
    }
    // "... on a given date: city Paris, date 3 May": what stands before the list only says what it is about.
    let after_colon = |at: usize| at > 0 && question.words[at - 1].after == Break::Colon;
    let listing = found.iter().map(|label| label.words.start).filter(|at| after_colon(*at)).min().unwrap_or(0);
    found.retain(|label| label.words.start >= listing);
    found.sort_by(|a, b| b.words.len().cmp(&a.words.len()).then(a.words.start.cmp(&b.words.start)));
    let mut kept: Vec<Label> = Vec::new();
    let mut taken = vec![false; question.words.len()];
    let mut done = vec![false; leaves.len()];
    for label in found {
        if !done[label.leaf] && !taken[label.words.clone()].contains(&true) {
            taken[label.words.clone()].fill(true);
            done[label.leaf] = true;
            kept.push(label);
        }
    }
    kept.sort_by_key(|label| label.words.start);
    (kept, listing)
}

fn spells(question: &Question<'_>, range: Range<usize>, name: &[String]) -> bool {
    let inner = range.start..range.end - 1;
    let words = &question.words[range];
    question.words[inner].iter().all(|word| word.after == Break::None)
        && words.iter().zip(name).all(|(word, part)| word.lower == *part || word.stem == stem::stem(part))
}

fn is_label(question: &Question<'_>, range: Range<usize>) -> bool {
    let behind = question.words[range.end - 1].after;
    if behind == Break::Colon {
        return true;
    }
    let before = range.start.checked_sub(1).and_then(|at| question.words.get(at));
    let opens = match before {
        None => false,
        Some(word) if matches!(word.after, Break::Comma | Break::Colon) => true,
        // "text How are you?, language English"
        Some(word) if word.after == Break::End => {
            question.text.get(word.end..question.words[range.start].start).is_some_and(|between| between.contains(','))
        }
        // "days 3 and city Paris": `and` counts where what it joins is a list already.
        Some(word) => word.lower == "and" && question.first_colon + 1 < range.start,
    };
    opens && behind == Break::None
}
