//! Which tools a question may mean: by the words it shares with their names, descriptions, parameters and enums.
//!
//! A word counts the more the fewer tools have it. A few families of words ("hot", "rain" and "weather") count as each
//! other, at a discount, so that a question need not use the very words of the tool's author.

use std::collections::HashMap;

use super::{lexicon, question::Question, schema::Node, stem, words::Look};
use crate::message::ToolSpec;

const NAME: f64 = 2.0;
const DESCRIPTION: f64 = 1.0;
const CHOICE: f64 = 1.0;
const PARAMETER: f64 = 0.8;
const HINT: f64 = 0.5;
const FAMILY: f64 = 0.7;

/// What a question has to share with a tool, at least, for the tool to be called unasked.
pub(super) const ENOUGH: f64 = 1.2;

/// Verbs that many names begin with; they say little of what a tool is for.
const GENERIC: &[&str] = &[
    "add",
    "make",
    "create",
    "new",
    "set",
    "change",
    "update",
    "show",
    "list",
    "find",
    "search",
    "look",
    "check",
    "retrieve",
    "fetch",
    "calculate",
    "compute",
    "run",
    "data",
    "info",
    "information",
];

/// The words of a set of tools.
pub(super) struct Catalog {
    tools: Vec<Entry>,
    /// By stem: in how many tools it is found.
    spread: HashMap<String, usize>,
}

struct Entry {
    weights: HashMap<String, f64>,
    names: Vec<String>,
    described: usize,
}

/// How well a tool fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    pub tool: usize,
    pub score: f64,
    /// The question says a word of its name, or one of the same family.
    pub named: bool,
}

impl Catalog {
    pub(super) fn new(tools: &[ToolSpec]) -> Self {
        let tools: Vec<Entry> = tools.iter().map(Entry::new).collect();
        let mut spread: HashMap<String, usize> = HashMap::new();
        for stem in tools.iter().flat_map(|tool| tool.weights.keys()) {
            *spread.entry(stem.clone()).or_default() += 1;
        }
        Self { tools, spread }
    }

    /// The tools that share something with the question, best first; equal ones in their order.
    pub(super) fn rank(&self, question: &Question<'_>, allowed: &dyn Fn(usize) -> bool) -> Vec<Fit> {
        let asked = asked(question);
        let mut fits: Vec<Fit> = (0..self.tools.len())
            .filter(|tool| allowed(*tool))
            .map(|tool| Fit { tool, ..self.fit(&self.tools[tool], &asked) })
            .filter(|fit| fit.score > 0.0)
            .collect();
        fits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.tool.cmp(&b.tool)));
        fits
    }

    fn fit(&self, tool: &Entry, asked: &HashMap<String, f64>) -> Fit {
        let mut score = 0.0;
        let mut shared = 0.0;
        // Sums in a fixed order, so that equal questions get equal sums to the last bit.
        let mut hits: Vec<(&String, f64)> = asked
            .iter()
            .filter_map(|(stem, share)| tool.weights.get(stem).map(|weight| (stem, share * weight)))
            .collect();
        hits.sort_by(|a, b| a.0.cmp(b.0));
        for (stem, weight) in hits {
            score += weight * self.rarity(stem);
            shared += if weight >= DESCRIPTION { 1.0 } else { 0.0 };
        }
        if score == 0.0 {
            return Fit { tool: 0, score, named: false };
        }
        let named: f64 = tool.names.iter().filter_map(|stem| asked.get(stem)).sum();
        let whole = named / tool.names.len().max(1) as f64;
        // Of two tools that share the same words, the one that has few others.
        let about = shared / (tool.described.max(1) as f64);
        let score = score + whole + about.min(1.0) * 0.5;
        Fit { tool: 0, score, named: named > 0.0 }
    }

    fn rarity(&self, stem: &str) -> f64 {
        let tools = self.tools.len() as f64;
        let having = self.spread.get(stem).copied().unwrap_or(1).max(1) as f64;
        (1.0 + tools / having).ln() / (1.0 + tools).ln()
    }
}

impl Entry {
    fn new(tool: &ToolSpec) -> Self {
        let mut weights = HashMap::new();
        let mut add = |text: &str, weight: f64| {
            for stem in stems(text) {
                let slot = weights.entry(stem).or_insert(weight);
                *slot = weight.max(*slot);
            }
        };
        let name = stem::name_words(&tool.name).join(" ");
        for word in stem::name_words(&tool.name) {
            add(&word, if GENERIC.contains(&word.as_str()) { NAME / 2.0 } else { NAME });
        }
        add(&tool.description, DESCRIPTION);
        let node = Node::read(&tool.schema, &tool.schema);
        for (name, schema) in &node.properties {
            add(&stem::name_words(name).join(" "), PARAMETER);
            let parameter = Node::read(&tool.schema, schema);
            add(&parameter.description, HINT);
            let choices = parameter.choices.iter().flatten().filter_map(|choice| choice.as_str());
            choices.take(200).for_each(|choice| add(&stem::name_words(choice).join(" "), CHOICE));
        }
        let described = stems(&tool.description).len();
        Self { weights, names: stems(&name), described }
    }
}

/// The stems of a text that mean something, each once.
pub(super) fn stems(text: &str) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '\'').flat_map(stem::name_words);
    words
        .filter(|word| !lexicon::is_stop(word))
        .map(|word| stem::stem(&word))
        .filter(|stem| seen.insert(stem.clone()))
        .collect()
}

/// The stems of the question, with the share each counts.
fn asked(question: &Question<'_>) -> HashMap<String, f64> {
    let mut asked: HashMap<String, f64> = HashMap::new();
    let mut add = |stem: String, share: f64| {
        let slot = asked.entry(stem).or_insert(share);
        *slot = share.max(*slot);
    };
    for word in question.words.iter().filter(|word| !word.is_stop()) {
        let weight = match word.look {
            Look::Quoted | Look::Json => continue,
            _ => 1.0,
        };
        for part in
            word.lower.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty() && !lexicon::is_stop(part))
        {
            add(stem::stem(part), weight);
        }
        for part in stem::name_words(word.text).iter().filter(|part| !lexicon::is_stop(part)) {
            add(stem::stem(part), weight);
        }
        for relative in lexicon::family(&word.stem) {
            add(relative.clone(), FAMILY);
        }
    }
    asked
}
