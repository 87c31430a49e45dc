//! Fills the parameters of one tool from one question.
//!
//! What is surest goes first: what the question labels, then enums by mention, then numbers, then names; each word is
//! used once. A parameter that may be left out is filled only by what clearly belongs to it.

mod choices;
mod numbers;
mod stand_in;
mod texts;

use std::collections::HashSet;

use serde_json::Value;

pub(super) use self::stand_in::stand_in;
use super::{label, leaves::Leaf, question::Question};

/// A number that may be left out: only where a word of the parameter stands this near.
const NEAR: f64 = 1.4;
/// The most calls one list makes.
const MAX_FAN: usize = 32;
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
