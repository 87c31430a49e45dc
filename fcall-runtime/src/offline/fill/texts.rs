//! Texts: names, quotations, dates, and what else the question says.

use std::ops::Range;

use serde_json::Value;

use super::{Filling, MAX_FAN, MAX_SCALARS, NEAR};
use crate::offline::{
    affinity,
    leaves::Leaf,
    question::{Kind, Span},
    schema::Type,
    value,
    words::{Break, Word},
};

/// A text is needed: what suits it at all will do.
const NEEDED: f64 = 2.0;
/// A text may be left out: only what clearly belongs there.
const CLEAR: f64 = 6.5;
/// So many prepositions are tried for what a query begins with.
const MAX_OPENERS: usize = 64;

impl Filling<'_, '_, '_> {
    /// Names, quotations, dates and the like.
    pub(super) fn texts(&mut self) {
        let question = self.question;
        let takes = |leaf: &Leaf<'_>| matches!(leaf.node.kind, Type::String | Type::Any) && leaf.node.choices.is_none();
        let mut found = Vec::new();
        for (at, leaf) in self.leaves.iter().enumerate().filter(|(at, leaf)| self.open(*at) && takes(leaf)) {
            for (s, span) in question.spans.iter().enumerate() {
                if !self.free(&span.words)
                    || !leaf.node.takes(&Value::from(span.text.as_str()))
                    || self.is_topic(&span.words, span.kind)
                {
                    continue;
                }
                // What is asked for or noted may be any words: see `rest`.
                let open = leaf.required
                    && (span.kind == Kind::Phrase && affinity::is_query(leaf)
                        || span.kind == Kind::Name && affinity::is_open(leaf));
                if open {
                    continue;
                }
                if span.words.start < self.listing && (!leaf.required || span.kind == Kind::Phrase) {
                    continue;
                }
                let score = affinity::span(question, leaf, span);
                if score >= if leaf.required { NEEDED } else { CLEAR } {
                    found.push((score + f64::from(u8::from(leaf.required)), at, s));
                }
            }
            for figure in question.figures.iter().take(MAX_SCALARS).filter(|f| !f.spelled && self.free(&f.words)) {
                let text = question.slice(&figure.words);
                let coded =
                    leaf.hinted(&["id", "number", "code", "zip", "phone", "year", "account", "isbn", "amount", "size"]);
                let near = affinity::near(question, leaf, &figure.words);
                if coded
                    && near + 1.0 >= if leaf.required { 1.0 } else { NEAR + 1.0 }
                    && leaf.node.takes(&Value::from(text))
                {
                    let s = question.spans.len() + figure.words.start;
                    found.push((3.0 + near, at, s));
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        for &(_, at, s) in &found {
            let Some(span) = question.spans.get(s) else {
                let word = s - question.spans.len();
                if self.open(at) && self.free(&(word..word + 1)) {
                    self.put(at, Value::from(question.words[word].text), &(word..word + 1));
                }
                continue;
            };
            if !self.open(at) || !self.free(&span.words) {
                continue;
            }
            self.put(at, Value::from(span.text.as_str()), &span.words);
        }
        self.fan_of_texts();
    }

    /// "Paris and London" where one city is taken.
    fn fan_of_texts(&mut self) {
        let question = self.question;
        let lists = self.leaves.iter().enumerate().any(|(at, leaf)| self.open(at) && leaf.is(Type::Array));
        for (at, leaf) in self.leaves.iter().enumerate() {
            let Some(Value::String(text)) = &self.values[at] else { continue };
            if !leaf.required || leaf.node.choices.is_some() || self.fan.is_some() || lists {
                continue;
            }
            let Some(chosen) = question.spans.iter().find(|span| span.text == *text && !self.free(&span.words)) else {
                continue;
            };
            let rest: Vec<_> = question
                .spans
                .iter()
                .filter(|span| {
                    span.group == chosen.group
                        && self.free(&span.words)
                        && leaf.node.takes(&Value::from(span.text.as_str()))
                })
                .take(MAX_FAN - 1)
                .collect();
            if rest.is_empty() {
                continue;
            }
            let mut all: Vec<_> =
                rest.iter().chain([&chosen]).map(|span| (span.words.start, Value::from(span.text.as_str()))).collect();
            all.sort_by_key(|(start, _)| *start);
            rest.iter().for_each(|span| self.used[span.words.clone()].fill(true));
            self.fan = Some((at, all.into_iter().map(|(_, value)| value).collect()));
        }
    }

    fn is_topic(&self, range: &Range<usize>, kind: Kind) -> bool {
        let words = &self.question.words[range.clone()];
        let known =
            |word: &Word<'_>| self.topic.contains(&word.stem) || (word.initial && self.about.contains(&word.stem));
        matches!(kind, Kind::Name | Kind::Phrase) && words.iter().all(known)
    }

    pub(super) fn lists_of_texts(&mut self) {
        let question = self.question;
        for (at, leaf) in self.leaves.iter().enumerate() {
            let Some(item) = leaf
                .item
                .as_ref()
                .filter(|item| matches!(item.kind, Type::String | Type::Any) && item.choices.is_none())
            else {
                continue;
            };
            if !self.open(at) {
                continue;
            }
            let free = |span: &&Span| {
                self.free(&span.words)
                    && !self.is_topic(&span.words, span.kind)
                    && item.takes(&Value::from(span.text.as_str()))
            };
            let scored = question.spans.iter().filter(free).map(|span| (affinity::span(question, leaf, span), span));
            let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.words.start.cmp(&a.1.words.start)));
            let Some((_, best)) = best.filter(|(score, _)| *score >= if leaf.required { NEEDED } else { CLEAR }) else {
                continue;
            };
            let spans: Vec<_> = question.spans.iter().filter(free).filter(|span| span.group == best.group).collect();
            let list = Value::Array(spans.iter().map(|span| Value::from(span.text.as_str())).collect());
            if leaf.node.takes(&list) {
                spans.iter().for_each(|span| self.used[span.words.clone()].fill(true));
                self.values[at] = Some(list);
            }
        }
    }

    /// A query, a message, a note: what the question says besides.
    pub(super) fn rest(&mut self) {
        let question = self.question;
        let wanted = (0..self.leaves.len()).find(|at| {
            let leaf = &self.leaves[*at];
            self.open(*at)
                && leaf.required
                && leaf.is(Type::String)
                && leaf.node.choices.is_none()
                && affinity::is_query(leaf)
        });
        let Some(at) = wanted else { return };
        let said = |from: usize| {
            let end = (from..question.words.len()).find(|at| self.used[*at]).unwrap_or(question.words.len());
            let end = (from..end).find(|at| question.words[*at].after == Break::End).map_or(end, |at| at + 1);
            // "hello to [Spanish]": what leads to an argument is no part of this one.
            let trailing = question.words[from..end].iter().rev().take_while(|word| word.is_stop()).count();
            let end = if end < question.words.len() { end - trailing } else { end };
            let telling =
                question.words[from..end].iter().any(|word| !word.is_stop() && !self.topic.contains(&word.stem));
            telling.then(|| (from..end, value::text(question, &(from..end))))
        };
        const OPENERS: &[&str] = &["about", "saying", "that", "regarding", "for", "of", "to", "on"];
        let behind = (1..question.words.len())
            .filter(|at| OPENERS.contains(&question.words[at - 1].lower.as_str()))
            .take(MAX_OPENERS)
            .find_map(said);
        let past = || {
            (0..question.words.len())
                .find(|at| !question.words[*at].is_stop() && !self.topic.contains(&question.words[*at].stem))
                .and_then(said)
        };
        if let Some((range, text)) = behind.or_else(past)
            && self.leaves[at].node.takes(&Value::from(text.as_str()))
        {
            self.put(at, Value::String(text), &range);
        }
    }
}
