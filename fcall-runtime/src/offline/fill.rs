//! Fills the parameters of one tool from one question.
//!
//! What is surest goes first: what the question labels, then enums by mention, then numbers, then names; each word is
//! used once. A parameter that may be left out is filled only by what clearly belongs to it.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    affinity, format, label,
    leaves::Leaf,
    question::{Kind, Question},
    schema::{Node, Type},
    value,
    words::{Break, Look},
};

/// A text is needed: what suits it at all will do.
const NEEDED: f64 = 2.0;
/// A text may be left out: only what clearly belongs there.
const CLEAR: f64 = 6.5;
/// The same, for numbers.
const NEAR: f64 = 1.4;
/// The most calls one list makes.
const MAX_FAN: usize = 32;
/// So many prepositions are tried for what a query begins with.
const MAX_OPENERS: usize = 64;
/// Numbers beyond these only serve as lists.
const MAX_SCALARS: usize = 64;

/// What was found for each parameter.
pub(super) struct Filled {
    pub values: Vec<Option<Value>>,
    /// A parameter that takes one value, for which the question lists several: a call for each.
    pub fan: Option<(usize, Vec<Value>)>,
}

struct Filling<'a, 'q, 's> {
    question: &'a Question<'q>,
    leaves: &'a [Leaf<'s>],
    /// The stems of the tool's name: words that chose it are no arguments.
    topic: &'a HashSet<String>,
    /// Those of its description.
    about: &'a HashSet<String>,
    values: Vec<Option<Value>>,
    fan: Option<(usize, Vec<Value>)>,
    used: Vec<bool>,
    /// Words before this one say what is meant, and are arguments only of what is needed.
    listing: usize,
}

/// Fills what the question has something for.
pub(super) fn fill(
    question: &Question<'_>,
    leaves: &[Leaf<'_>],
    topic: &HashSet<String>,
    about: &HashSet<String>,
) -> Filled {
    let values = vec![None; leaves.len()];
    let used = vec![false; question.words.len()];
    let mut filling = Filling { question, leaves, topic, about, values, fan: None, used, listing: 0 };
    filling.listing = label::fill(question, leaves, &mut filling.values, &mut filling.used);
    filling.json();
    filling.choices();
    filling.lists_of_numbers();
    filling.numbers();
    filling.switches();
    filling.texts();
    filling.lists_of_texts();
    filling.rest();
    filling.settled();
    Filled { values: filling.values, fan: filling.fan }
}

/// A value that fits the schema where the question has none.
pub(super) fn stand_in(question: &str, leaf: &Leaf<'_>) -> Option<Value> {
    let plain = of_type(question, &leaf.node).filter(|value| leaf.node.takes_all(value));
    if leaf.is(Type::Array) {
        let least = leaf.node.bounds.min_items.unwrap_or(0).min(MAX_FAN);
        let item = leaf.item.as_ref().and_then(|node| of_type(question, node).filter(|value| node.takes(value)));
        let items = if least == 0 { Vec::new() } else { vec![item.unwrap_or(Value::from("unknown")); least] };
        return Some(Value::Array(items)).filter(|value| leaf.node.takes_all(value));
    }
    plain
}

fn of_type(question: &str, node: &Node<'_>) -> Option<Value> {
    if let Some(default) = node.default.as_ref().filter(|default| node.takes(default)) {
        return Some(default.clone());
    }
    if let Some(choices) = &node.choices {
        return choices.iter().find(|choice| node.takes(choice)).cloned();
    }
    let bounds = &node.bounds;
    match node.kind {
        Type::Bool => Some(Value::Bool(false)),
        Type::Null => Some(Value::Null),
        Type::Any => Some(Value::from(question.trim())),
        Type::Integer | Type::Number => {
            let low = bounds.minimum.or(bounds.above.map(|above| above.floor() + 1.0));
            let high = bounds.maximum.or(bounds.below.map(|below| below.ceil() - 1.0));
            let step = bounds.multiple_of.unwrap_or(1.0);
            let up = low.map_or(0.0, |low| (low / step).ceil() * step);
            let down = high.map_or(0.0, |high| (high / step).floor() * step);
            let middle = bounds.above.or(low).zip(bounds.below.or(high)).map(|(low, high)| f64::midpoint(low, high));
            let whole = [Some(1.0), Some(0.0), Some(up), Some(down), low, high, middle].into_iter().flatten();
            let written =
                whole.map(|n| if n.fract() == 0.0 && n.abs() < 9e15 { Value::from(n as i64) } else { Value::from(n) });
            written.into_iter().find(|value| node.takes(value))
        }
        Type::String => {
            let least = bounds.min_length.unwrap_or(0);
            let most = bounds.max_length.unwrap_or(usize::MAX);
            if let Some(text) = format::placeholder(&node.format) {
                return Some(Value::from(text));
            }
            let mut text: String = question.trim().chars().take(most).collect();
            let lacking = least.min(4096).saturating_sub(text.chars().count());
            text.extend(std::iter::repeat_n('-', lacking));
            Some(Value::String(text))
        }
        Type::Object => Some(Value::Object(serde_json::Map::new())),
        Type::Array => Some(Value::Array(Vec::new())),
    }
}

impl Filling<'_, '_, '_> {
    fn open(&self, leaf: usize) -> bool {
        self.values[leaf].is_none()
    }

    fn free(&self, range: &std::ops::Range<usize>) -> bool {
        !self.used[range.clone()].contains(&true)
    }

    fn put(&mut self, leaf: usize, value: Value, range: &std::ops::Range<usize>) {
        self.values[leaf] = Some(value);
        self.used[range.clone()].fill(true);
    }

    /// JSON in the question goes to the first parameter it is valid for.
    fn json(&mut self) {
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
    fn choices(&mut self) {
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

    /// Numbers listed together go to lists, in order, by nearness where there are several.
    fn lists_of_numbers(&mut self) {
        let mut lists: Vec<Vec<usize>> = Vec::new();
        for (at, figure) in self.question.figures.iter().enumerate() {
            match lists.last_mut() {
                Some(list) if list.first().is_some_and(|f| self.question.figures[*f].list == figure.list) => {
                    list.push(at)
                }
                _ => lists.push(vec![at]),
            }
        }
        // "Two samples" is no list of numbers.
        lists.retain(|list| list.len() > 1 || !self.question.figures[list[0]].spelled);
        lists.retain(|list| list.iter().all(|f| self.free(&self.question.figures[*f].words)));
        for (at, leaf) in self.leaves.iter().enumerate() {
            let Some(item) = leaf
                .item
                .as_ref()
                .filter(|item| matches!(item.kind, Type::Integer | Type::Number) && item.choices.is_none())
            else {
                continue;
            };
            if !self.open(at) {
                continue;
            }
            let mut best: Option<(f64, usize, Value)> = None;
            for (place, list) in lists.iter().enumerate().take(MAX_SCALARS) {
                let figures = list.iter().map(|f| &self.question.figures[*f]);
                let numbers: Option<Vec<Value>> = figures.map(|f| value::number(&f.number, item)).collect();
                let Some(value) = numbers.map(Value::Array).filter(|value| leaf.node.takes(value)) else { continue };
                let range = self.question.figures[list[0]].words.clone();
                let near = affinity::near(self.question, leaf, &range);
                let score = near + if list.len() > 1 { 1.5 } else { 0.0 };
                let meant = leaf.required || (near >= NEAR && range.start >= self.listing);
                if meant && best.as_ref().is_none_or(|(least, ..)| score > *least) {
                    best = Some((score, place, value));
                }
            }
            if let Some((_, place, value)) = best {
                for figure in lists.remove(place) {
                    self.used[self.question.figures[figure].words.clone()].fill(true);
                }
                self.values[at] = Some(value);
            }
        }
    }

    fn numbers(&mut self) {
        let question = self.question;
        let dates: Vec<_> =
            question.spans.iter().filter(|span| span.kind == Kind::Date).map(|span| span.words.clone()).collect();
        let dated = |at: usize| dates.iter().any(|range| range.contains(&at));
        let takes =
            |leaf: &Leaf<'_>| matches!(leaf.node.kind, Type::Integer | Type::Number) && leaf.node.choices.is_none();
        let free: Vec<usize> =
            (0..question.figures.len()).filter(|f| self.free(&question.figures[*f].words)).take(MAX_SCALARS).collect();
        let mut found = Vec::new();
        for (at, leaf) in self.leaves.iter().enumerate().filter(|(at, leaf)| self.open(*at) && takes(leaf)) {
            for &f in &free {
                let figure = &question.figures[f];
                if dated(figure.words.start) && !leaf.named(&["year", "day"]) {
                    continue;
                }
                let Some(value) = value::number(&figure.number, &leaf.node) else { continue };
                let lead = affinity::lead(leaf, &question.lead(figure.words.start));
                let score =
                    affinity::near(question, leaf, &figure.words) + affinity::figure(leaf, &figure.number) + lead;
                let meant = leaf.required || (score >= NEAR && figure.words.start >= self.listing);
                if score > 0.2 && meant && (!figure.spelled || score > 0.5) {
                    found.push((score + f64::from(u8::from(leaf.required)) * 0.1, at, f, value));
                }
            }
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
        for (_, at, f, value) in found {
            if self.open(at) && self.free(&question.figures[f].words) {
                self.put(at, value, &question.figures[f].words);
            }
        }
        // What is left goes in the order of both.
        for (at, leaf) in self.leaves.iter().enumerate().filter(|(_, leaf)| leaf.required && takes(leaf)) {
            if !self.open(at) {
                continue;
            }
            let next = free.iter().find_map(|f| {
                let figure = &question.figures[*f];
                let fits = self.free(&figure.words) && !dated(figure.words.start);
                value::number(&figure.number, &leaf.node).filter(|_| fits).map(|value| (value, figure))
            });
            if let Some((value, figure)) = next {
                let (range, list) = (figure.words.clone(), figure.list);
                self.put(at, value, &range);
                self.fan_of_numbers(at, list);
            }
        }
    }

    /// "The factorials of 5 and 7": one number is taken, two are listed.
    fn fan_of_numbers(&mut self, at: usize, list: usize) {
        let question = self.question;
        let others = question.figures.iter().filter(|f| f.list == list);
        let rest: Vec<_> = others.filter(|f| self.free(&f.words)).take(MAX_FAN).collect();
        let alone =
            self.leaves.iter().filter(|leaf| matches!(leaf.node.kind, Type::Integer | Type::Number)).count() == 1;
        if rest.is_empty() || !alone || self.fan.is_some() {
            return;
        }
        let mut all: Vec<Value> = self.values[at].clone().into_iter().collect();
        all.extend(rest.iter().filter_map(|f| value::number(&f.number, &self.leaves[at].node)));
        rest.iter().for_each(|f| self.used[f.words.clone()].fill(true));
        self.fan = Some((at, all));
    }

    /// Booleans by mention: "with the engine", "no engine", "turn it on".
    fn switches(&mut self) {
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

    /// Names, quotations, dates and the like.
    fn texts(&mut self) {
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

    fn is_topic(&self, range: &std::ops::Range<usize>, kind: Kind) -> bool {
        let words = &self.question.words[range.clone()];
        let known = |word: &super::words::Word<'_>| {
            self.topic.contains(&word.stem) || (word.initial && self.about.contains(&word.stem))
        };
        matches!(kind, Kind::Name | Kind::Phrase) && words.iter().all(known)
    }

    fn lists_of_texts(&mut self) {
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
            let free = |span: &&super::question::Span| {
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
    fn rest(&mut self) {
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

    /// What has only one value, or says which one it takes when none is given.
    fn settled(&mut self) {
        for (at, leaf) in self.leaves.iter().enumerate() {
            if !self.open(at) || !leaf.required {
                continue;
            }
            let only =
                leaf.node.choices.as_ref().filter(|choices| choices.len() == 1).and_then(|choices| choices.first());
            let value = leaf.node.default.as_ref().or(only);
            self.values[at] = value.filter(|value| leaf.node.takes_all(value)).cloned();
        }
    }
}

fn question_number(question: &Question<'_>, range: &std::ops::Range<usize>) -> bool {
    question.words[range.clone()].iter().any(|word| word.number().is_some())
}

fn is_negation(lower: &str) -> bool {
    matches!(lower, "no" | "not" | "without" | "don't" | "exclude" | "excluding" | "never" | "disable" | "off" | "skip")
}
