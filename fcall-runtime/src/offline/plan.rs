//! From a question to calls: which tools, how often, with what.

use std::{collections::HashSet, ops::Range};

use serde_json::{Map, Value};

use super::{
    fill::{self, Filled},
    leaves, lexicon,
    question::Question,
    rank::{self, Catalog, ENOUGH},
    stem,
    words::Break,
};
use crate::message::ToolSpec;

/// Only the first tools of the ranking are tried.
const TRIED: usize = 4;
/// A tool that fits nearly as well as the best may win by what the question fills.
const CLOSE: f64 = 0.6;
/// More parts of a question are one part.
const MAX_PARTS: usize = 32;

/// A call to be made.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Planned {
    pub tool: usize,
    pub arguments: Map<String, Value>,
}

/// What came of a question.
pub(super) enum Plan {
    Calls(Vec<Planned>),
    /// The tool fits, but these parameters can't be found: name and description.
    Ask {
        tool: usize,
        missing: Vec<(String, String)>,
    },
    /// No tool fits.
    Nothing,
}

/// Plans the calls of tools.
pub(super) struct Planning<'s> {
    tools: &'s [ToolSpec],
    catalog: Catalog,
    allowed: &'s dyn Fn(usize) -> bool,
    /// A call has to be made, whether something fits or not.
    forced: bool,
}

/// A stretch of the question that is a call of its own.
struct Part {
    text: Range<usize>,
    /// The tool, where the stretch does not say it.
    tool: Option<usize>,
}

struct Attempt {
    tool: usize,
    named: bool,
    calls: Vec<Planned>,
    missing: Vec<(String, String)>,
}

impl<'s> Planning<'s> {
    pub(super) fn new(tools: &'s [ToolSpec], allowed: &'s dyn Fn(usize) -> bool, forced: bool) -> Self {
        Self { tools, catalog: Catalog::new(tools), allowed, forced }
    }

    pub(super) fn plan(&self, text: &str) -> Plan {
        let whole = Question::new(text);
        let parts = self.parts(&whole);
        if parts.len() > 1 {
            let attempts: Vec<Attempt> = parts
                .iter()
                .filter_map(|part| self.attempt_part(&Question::new(&text[part.text.clone()]), part))
                .collect();
            // A part that needs what another part says makes the question one whole.
            if attempts.len() == parts.len() && attempts.iter().all(|attempt| attempt.missing.is_empty()) {
                return Plan::Calls(distinct(attempts.into_iter().flat_map(|attempt| attempt.calls).collect()));
            }
        }
        match self.attempt(&whole) {
            Some(attempt) if attempt.missing.is_empty() => Plan::Calls(distinct(attempt.calls)),
            Some(attempt) if !self.forced => Plan::Ask { tool: attempt.tool, missing: attempt.missing },
            Some(attempt) => self.force(&whole, attempt.tool),
            None if self.forced => match (0..self.tools.len()).find(|tool| (self.allowed)(*tool)) {
                Some(tool) => self.force(&whole, tool),
                None => Plan::Nothing,
            },
            None => Plan::Nothing,
        }
    }

    /// The parts of the question that are a call of their own; what is none belongs to the part before it.
    ///
    /// A part that names no tool is one where it says the same things of the tool before: "set the kitchen to 20 and
    /// the garage to 15".
    fn parts(&self, question: &Question<'_>) -> Vec<Part> {
        let clauses = clauses(question);
        if clauses.len() < 2 || clauses.len() > MAX_PARTS {
            return Vec::new();
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut current = Part { text: 0..0, tool: None };
        let mut last: Option<Attempt> = None;
        for clause in clauses {
            let text = Question::new(&question.text[clause.clone()]);
            let stands = self.attempt(&text).filter(|attempt| attempt.missing.is_empty() && attempt.named);
            // Behind a colon `and` joins what is listed there.
            let listed = question.words.iter().take_while(|word| word.end <= clause.start);
            let listed = listed.filter(|word| word.start >= current.text.start).any(|word| word.after == Break::Colon);
            let tool =
                (stands.is_none() && !listed).then(|| last.as_ref().and_then(|last| self.again(&text, last))).flatten();
            if (stands.is_some() && last.is_some()) || tool.is_some() {
                let next = Part { text: clause.start..clause.start, tool };
                current.text.end = clause.start;
                parts.push(std::mem::replace(&mut current, next));
            }
            last = stands.or(last);
        }
        current.text.end = question.text.len();
        parts.push(current);
        parts
    }

    /// The tool of the last call, where the text fills the same parameters of it, and more than one.
    fn again(&self, text: &Question<'_>, last: &Attempt) -> Option<usize> {
        let next = self.fill(text, last.tool, false);
        let (before, [call]) = (last.calls.last()?, next.calls.as_slice()) else { return None };
        let same = call.arguments.len() > 1 && call.arguments.keys().eq(before.arguments.keys());
        (same && next.missing.is_empty()).then_some(last.tool)
    }

    /// The best call or calls for the question, or what is missing for them.
    fn attempt(&self, question: &Question<'_>) -> Option<Attempt> {
        let ranked = self.catalog.rank(question, self.allowed);
        let best = ranked.first().filter(|fit| self.forced || fit.score >= ENOUGH)?;
        let close = ranked.iter().take(TRIED).filter(|fit| fit.score >= best.score * CLOSE);
        let attempts = close.map(|fit| self.fill(question, fit.tool, fit.named));
        attempts.reduce(|best, next| if best.missing.is_empty() || !next.missing.is_empty() { best } else { next })
    }

    fn attempt_part(&self, question: &Question<'_>, part: &Part) -> Option<Attempt> {
        match part.tool {
            Some(tool) => Some(self.fill(question, tool, false)),
            None => self.attempt(question),
        }
    }

    fn fill(&self, question: &Question<'_>, tool: usize, named: bool) -> Attempt {
        let spec = &self.tools[tool];
        let (leaves, tree) = leaves::flatten(&spec.schema);
        let filled = fill::fill(question, &leaves, &topic(spec), &rank::stems(&spec.description).into_iter().collect());
        let (arguments, missing) = leaves::assemble(&tree, &filled.values);
        let missing =
            missing.into_iter().map(|at| (leaves[at].path.clone(), leaves[at].node.description.clone())).collect();
        let calls = fan(&tree, filled).unwrap_or_else(|| vec![arguments]);
        let calls = calls.into_iter().map(|arguments| Planned { tool, arguments }).collect();
        Attempt { tool, named, calls, missing }
    }

    /// A call that is valid, with what the question has.
    fn force(&self, question: &Question<'_>, tool: usize) -> Plan {
        let spec = &self.tools[tool];
        let (leaves, tree) = leaves::flatten(&spec.schema);
        let mut filled =
            fill::fill(question, &leaves, &topic(spec), &rank::stems(&spec.description).into_iter().collect());
        // A value made up for one field of an object may make another one needed.
        for _ in 0..=leaves.len() {
            let (arguments, missing) = leaves::assemble(&tree, &filled.values);
            let mut mended = false;
            for at in missing {
                filled.values[at] = fill::stand_in(question.text, &leaves[at]);
                mended |= filled.values[at].is_some();
            }
            if !mended {
                let calls = fan(&tree, filled).unwrap_or_else(|| vec![arguments]);
                return Plan::Calls(calls.into_iter().map(|arguments| Planned { tool, arguments }).collect());
            }
        }
        Plan::Nothing
    }
}

/// The words that say which tool is meant.
fn topic(spec: &ToolSpec) -> HashSet<String> {
    let mut topic: HashSet<String> = rank::stems(&spec.name).into_iter().collect();
    let own: Vec<String> = stem::name_words(&spec.name);
    topic.extend(own.iter().flat_map(|word| lexicon::family(&stem::stem(word))).cloned());
    topic
}

/// The arguments of each call, where a parameter has several values.
fn fan(tree: &leaves::Tree, filled: Filled) -> Option<Vec<Map<String, Value>>> {
    let (at, all) = filled.fan?;
    let mut values = filled.values;
    let each = all.into_iter().map(|value| {
        values[at] = Some(value);
        leaves::assemble(tree, &values).0
    });
    Some(each.collect())
}

fn distinct(calls: Vec<Planned>) -> Vec<Planned> {
    let mut seen = HashSet::new();
    let new = |call: &Planned| seen.insert((call.tool, Value::Object(call.arguments.clone()).to_string()));
    let mut new = new;
    calls.into_iter().filter(|call| new(call)).collect()
}

/// Where the question may be cut: behind a sentence, before `and`, before `then`; not before a colon, for what stands
/// there belongs to what follows it.
fn clauses(question: &Question<'_>) -> Vec<Range<usize>> {
    let mut clauses: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    let mut sentence = 0;
    for pair in question.words.windows(2) {
        let joins = matches!(pair[1].lower.as_str(), "and" | "then" | "also" | "und" | "plus");
        let ends = pair[0].after == Break::End;
        if pair[0].after == Break::Colon {
            while clauses.last().is_some_and(|clause| clause.start >= sentence) {
                from = clauses.pop().map_or(from, |clause| clause.start);
            }
        }
        if (ends || joins) && pair[1].start > from {
            clauses.push(from..pair[1].start);
            from = pair[1].start;
        }
        if ends {
            sentence = pair[1].start;
        }
    }
    clauses.push(from..question.text.len());
    clauses
}
