//! Which references of a schema lead back to themselves.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::pointer::{children, reference, target_of};

/// The references of a schema that can be reached from what they mean.
///
/// All of them are found at once, in one walk through what each reference means: asked one by one, each would walk
/// through all the others.
#[derive(Debug, Default)]
pub(super) struct Recursion<'r>(HashSet<&'r str>);

impl<'r> Recursion<'r> {
    pub(super) fn of(root: &'r Value) -> Self {
        let mut graph = Graph { root, places: HashMap::new(), steps: Vec::new() };
        let mut begin = vec![root];
        for key in ["$defs", "definitions"] {
            begin.extend(root.get(key).and_then(Value::as_object).into_iter().flat_map(|defs| defs.values()));
        }
        for target in begin.into_iter().flat_map(references) {
            graph.add(target);
        }
        Self(graph.circles())
    }

    pub(super) fn has(&self, target: &str) -> bool {
        self.0.contains(target)
    }
}

/// The references that stand in a schema, not counting those inside of what they mean.
fn references(schema: &Value) -> Vec<&str> {
    let (mut found, mut waiting) = (Vec::new(), vec![schema]);
    while let Some(schema) = waiting.pop() {
        let Value::Object(members) = schema else { continue };
        found.extend(reference(members));
        waiting.extend(children(members).map(|(_, child)| child));
    }
    found
}

/// The references, and to which others each leads in one step.
struct Graph<'r> {
    root: &'r Value,
    places: HashMap<&'r str, usize>,
    steps: Vec<(&'r str, Vec<usize>)>,
}

impl<'r> Graph<'r> {
    fn add(&mut self, target: &'r str) {
        let mut waiting = vec![target];
        while let Some(target) = waiting.pop() {
            let place = self.place(target);
            if !self.steps[place].1.is_empty() {
                continue;
            }
            let Some(meant) = target_of(self.root, target) else { continue };
            for next in references(meant) {
                if !self.places.contains_key(next) {
                    waiting.push(next);
                }
                let next = self.place(next);
                self.steps[place].1.push(next);
            }
        }
    }

    fn place(&mut self, target: &'r str) -> usize {
        *self.places.entry(target).or_insert_with(|| {
            self.steps.push((target, Vec::new()));
            self.steps.len() - 1
        })
    }

    /// Tarjan's walk, without recursion of its own: those that lead to each other are left together.
    fn circles(&self) -> HashSet<&'r str> {
        const UNSEEN: usize = usize::MAX;
        let count = self.steps.len();
        let (mut seen, mut low, mut open) = (vec![UNSEEN; count], vec![0; count], vec![false; count]);
        let (mut stack, mut number, mut found) = (Vec::new(), 0, HashSet::new());
        for begin in 0..count {
            let mut way = vec![(begin, 0_usize)];
            while let Some((at, next)) = way.pop() {
                if next == 0 {
                    if seen[at] != UNSEEN {
                        continue;
                    }
                    (seen[at], low[at], open[at]) = (number, number, true);
                    number += 1;
                    stack.push(at);
                }
                let steps = &self.steps[at].1;
                if let Some(before) = next.checked_sub(1).and_then(|step| steps.get(step))
                    && open[*before]
                {
                    low[at] = low[at].min(low[*before]);
                }
                if let Some(&to) = steps.get(next) {
                    way.push((at, next + 1));
                    way.push((to, 0));
                } else if low[at] == seen[at] {
                    let from = stack.iter().rposition(|other| *other == at).unwrap_or(0);
                    let together = stack.split_off(from);
                    let is_circle = together.len() > 1 || steps.contains(&at);
                    for place in together {
                        open[place] = false;
                        found.extend(is_circle.then_some(self.steps[place].0));
                    }
                }
            }
        }
        found
    }
}
