//! Finds tools by the words of their names, descriptions and parameters.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, value::RawValue};

use super::words::{telling, words};
use crate::{message::ToolSpec, tool::Tool};

/// How much a word counts where it stands.
const IN_NAME: f64 = 4.0;
const IN_PARAMETERS: f64 = 2.0;
const IN_DESCRIPTION: f64 = 1.5;
/// How much of that a word counts that is nearly the one looked for.
const NEARLY: f64 = 0.5;
/// What is found with less than this part of the best one's score is left out.
const WORTH: f64 = 0.3;

/// Tools, and where each word stands in them.
#[derive(Debug)]
pub(super) struct Index {
    tools: Vec<Entry>,
    /// By word: the tools that have it, by place, and how much it counts there.
    words: BTreeMap<String, Vec<(usize, f64)>>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    description: String,
    schema: Box<RawValue>,
}

/// A tool that was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) schema: &'a RawValue,
}

impl Index {
    pub(super) fn new(tools: &[Tool]) -> Self {
        let mut this = Self { tools: Vec::with_capacity(tools.len()), words: BTreeMap::new() };
        for tool in tools {
            this.add(tool.spec());
        }
        this
    }

    fn add(&mut self, spec: &ToolSpec) {
        let place = self.tools.len();
        let description = words(&spec.description);
        // A word among many says less.
        let in_description = IN_DESCRIPTION / (1.0 + count(description.len()) / 50.0);
        let mut weights: BTreeMap<String, f64> = BTreeMap::new();
        let mut weigh = |words: Vec<String>, weight: f64| {
            for word in words {
                let known = weights.entry(word).or_default();
                *known = known.max(weight);
            }
        };
        weigh(words(&spec.name), IN_NAME);
        weigh(words(&parameters(&spec.schema)), IN_PARAMETERS);
        weigh(description, in_description);
        for (word, weight) in weights {
            self.words.entry(word).or_default().push((place, weight));
        }
        self.tools.push(Entry {
            name: spec.name.clone(),
            description: spec.description.clone(),
            // A tool's schema is JSON.
            schema: RawValue::from_string(spec.schema.clone()).unwrap_or_default(),
        });
    }

    pub(super) fn len(&self) -> usize {
        self.tools.len()
    }

    /// The tools that fit best, the best first; names that are written out come before all others.
    pub(super) fn search(&self, query: &str, most: usize) -> Vec<Found<'_>> {
        let mut scores = vec![0.0; self.tools.len()];
        let wanted: BTreeSet<String> = telling(query).into_iter().collect();
        for word in &wanted {
            self.score(word, &mut scores);
        }
        let named: BTreeSet<&str> = query.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).collect();
        for (score, tool) in scores.iter_mut().zip(&self.tools) {
            if named.contains(tool.name.as_str()) {
                *score += 1000.0;
            }
        }
        let mut found: Vec<usize> = (0..self.tools.len()).filter(|at| scores[*at] > 0.0).collect();
        let by_name = |at: &usize| self.tools[*at].name.as_str();
        found.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then_with(|| by_name(a).cmp(by_name(b))));
        let best = found.first().map_or(0.0, |at| scores[*at]);
        found.retain(|at| scores[*at] >= best * WORTH);
        found.truncate(most);
        let found = found.into_iter().map(|at| &self.tools[at]);
        found.map(|Entry { name, description, schema }| Found { name, description, schema }).collect()
    }

    /// Adds what a word of the query counts; where no tool has it, what those count that are nearly it.
    fn score(&self, word: &str, scores: &mut [f64]) {
        let rarity = |places: &[(usize, f64)]| (1.0 + count(self.tools.len()) / count(places.len())).ln();
        if let Some(places) = self.words.get(word) {
            let rarity = rarity(places);
            places.iter().for_each(|(at, weight)| scores[*at] += weight * rarity);
            return;
        }
        for (_, places) in self.words.iter().filter(|(known, _)| is_nearly(known, word)) {
            let rarity = rarity(places);
            places.iter().for_each(|(at, weight)| scores[*at] += NEARLY * weight * rarity);
        }
    }

    /// The names most like this one; then those that have words of it.
    pub(super) fn near(&self, name: &str, most: usize) -> Vec<&str> {
        let name = &name[..name.floor_char_boundary(64)];
        let near = |known: &str| strsim::damerau_levenshtein(known, name);
        let mut all: Vec<(usize, &str)> =
            self.tools.iter().map(|tool| (near(&tool.name), tool.name.as_str())).collect();
        all.retain(|(distance, known)| *distance <= known.len() / 3);
        all.sort_unstable();
        let mut names: Vec<&str> = all.into_iter().take(most).map(|(_, name)| name).collect();
        for Found { name, .. } in self.search(name, most) {
            if names.len() < most && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// Misspelt, or the beginning of the other.
fn is_nearly(known: &str, word: &str) -> bool {
    let (short, long) = if known.len() < word.len() { (known, word) } else { (word, known) };
    let begins = short.len() >= 4 && long.starts_with(short);
    begins || (short.len() >= 4 && long.len() - short.len() <= 1 && strsim::damerau_levenshtein(known, word) <= 1)
}

/// The names of the parameters.
fn parameters(schema: &str) -> String {
    let schema: Map<String, Value> = serde_json::from_str(schema).unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let names: Vec<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.join(" ")
}

#[expect(clippy::cast_precision_loss, reason = "there are not so many")]
fn count(count: usize) -> f64 {
    count as f64
}
