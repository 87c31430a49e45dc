//! Enums by mention, switches by mention, and JSON that stands in the question.

use std::collections::HashSet;

use serde_json::Value;

use super::{Filling, MAX_FAN, NEAR};
use crate::offline::{
    affinity,
    question::Question,
    schema::Type,
    value,
    words::{Break, Look},
};

impl Filling<'_, '_, '_> {
    /// JSON in the question goes to the first parameter it is valid for.
    pub(super) fn json(&mut self) {
        for at in 0..self.question.words.len() {
            let word = &self.question.words[at];
            if word.look != Look::Json || self.used[at] {
                continue;
            }
            let Ok(value) = serde_json::from_str::<Value>(word.text) else { continue };
            let taker = (0..self.leaves.len()).find(|leaf| {
                let typed = matches!(self.leaves[*leaf].node.kind, Type::Array | Type::Object | Type::Any);
                self.open(*leaf) && typed && self.leaves[*leaf].node.takes_all(&value)
            });
            if let Some(leaf) = taker {
                self.put(leaf, value, &(at..at + 1));
            }
        }
    }

    /// Enums by mention.
    pub(super) fn choices(&mut self) {
        let mut found = Vec::new();
        for (at, leaf) in self.leaves.iter().enumerate().filter(|(at, _)| self.open(*at)) {
            let node = leaf.item.as_ref().unwrap_or(&leaf.node);
            let Some(choices) = &node.choices else { continue };
            for (choice, range) in value::mentions(&self.question.words, choices) {
                let near = affinity::near(self.question, leaf, &range)
                    + affinity::lead(leaf, &self.question.lead(range.start));
                let weak = self.question.words[range.clone()].iter().all(|w| w.is_stop() || w.number().is_some());
                if (!leaf.required && (weak && near < NEAR || range.start < self.listing)) || !node.takes(&choice) {
                    continue;
                }
                found.push((
                    near + 2.0 * range.len() as f64 + f64::from(u8::from(leaf.required)) * 0.1,
                    at,
                    choice,
                    range,
                ));
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.3.start.cmp(&b.3.start)));
        let mut signs = HashSet::new();
        for (_, at, choice, range) in &found {
            if !self.open(*at) || !self.free(range) || signs.contains(&range.start) {
                continue;
            }
            let mut listed: Vec<_> = found.iter().filter(|other| other.1 == *at && self.free(&other.3)).collect();
            listed.sort_by_key(|other| other.3.start);
            if self.leaves[*at].is(Type::Array) {
                let items: Vec<Value> = listed.iter().map(|other| other.2.clone()).collect();
                let list = Value::Array(items);
                if self.leaves[*at].node.takes(&list) {
                    listed.iter().for_each(|other| self.used[other.3.clone()].fill(true));
                    self.values[*at] = Some(list);
                }
                continue;
            }
            let joined = listed.windows(2).all(|pair| self.question.listed(pair[0].3.end, pair[1].3.start));
            let shared = found.iter().any(|other| other.1 != *at && self.open(other.1) && other.3 != *range);
            if joined && listed.len() > 1 && self.fan.is_none() && self.leaves[*at].required && !shared {
                let all = listed.iter().take(MAX_FAN).map(|other| other.2.clone()).collect();
                listed.iter().for_each(|other| self.used[other.3.clone()].fill(true));
                self.fan = Some((*at, all));
            }
            // "$50": the sign is the currency, the number is still to be had.
            let counted = choice.is_string() && question_number(self.question, range);
            if counted {
                signs.insert(range.start);
            }
            self.put(*at, choice.clone(), if counted { &(0..0) } else { range });
        }
    }

    /// Booleans by mention: "with the engine", "no engine", "turn it on".
    pub(super) fn switches(&mut self) {
        const IDLE: &[&str] = &[
            "is", "has", "include", "includ", "enabl", "enable", "with", "should", "allow", "return", "requir", "need",
            "only", "do", "if", "show", "use", "want",
        ];
        let words = &self.question.words;
        for (at, leaf) in self.leaves.iter().enumerate() {
            if !self.open(at) || !leaf.is(Type::Bool) || leaf.node.choices.is_some() {
                continue;
            }
            let telling: Vec<&String> = leaf
                .stems
                .iter()
                .filter(|stem| !IDLE.contains(&stem.as_str()) && !self.topic.contains(*stem))
                .collect();
            let places = telling.iter().map(|stem| self.question.index.get(*stem).and_then(|all| all.first()).copied());
            let found: Option<Vec<usize>> = places.collect();
            let found = found.and_then(|all| all.into_iter().min()).filter(|place| *place >= self.listing);
            if let Some(place) = found {
                let before = &words[place.saturating_sub(3)..place];
                let negated = before.iter().any(|word| word.after == Break::None && is_negation(&word.lower));
                let said = words
                    .get(place + 1)
                    .or(words.get(place + 2))
                    .filter(|_| words[place].after < Break::End)
                    .and_then(value::truth);
                self.values[at] = Some(Value::Bool(said.unwrap_or(!negated)));
                continue;
            }
            let switch = leaf.named(&["on", "off", "state", "power", "enabled", "enable", "active", "status", "value"]);
            if let Some(place) = words.iter().position(|word| value::truth(word).is_some()).filter(|_| switch)
                && let Some(on) = value::truth(&words[place])
            {
                // "Turn on the lamp": a stop word elsewhere ("on Monday") says nothing.
                let stands = place > 0 && !words[place - 1].is_stop()
                    || words[place].after == Break::End
                    || place + 1 == words.len();
                if leaf.required || stands {
                    self.values[at] = Some(Value::Bool(on != leaf.named(&["off"])));
                }
            }
        }
    }
}

fn question_number(question: &Question<'_>, range: &std::ops::Range<usize>) -> bool {
    question.words[range.clone()].iter().any(|word| word.number().is_some())
}

fn is_negation(lower: &str) -> bool {
    matches!(lower, "no" | "not" | "without" | "don't" | "exclude" | "excluding" | "never" | "disable" | "off" | "skip")
}
