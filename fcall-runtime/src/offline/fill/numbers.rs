//! Numbers, by unit, by nearness, and what is left in order.

use serde_json::Value;

use super::{Filling, MAX_FAN, MAX_SCALARS, NEAR};
use crate::offline::{affinity, leaves::Leaf, question::Kind, schema::Type, value};

impl Filling<'_, '_, '_> {
    /// Numbers listed together go to lists, in order, by nearness where there are several.
    pub(super) fn lists_of_numbers(&mut self) {
        let mut lists: Vec<Vec<usize>> = Vec::new();
        for (at, figure) in self.question.figures.iter().enumerate() {
            match lists.last_mut() {
                Some(list) if list.first().is_some_and(|f| self.question.figures[*f].list == figure.list) => {
                    list.push(at);
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

    pub(super) fn numbers(&mut self) {
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
}
