//! The parameters of a tool as a flat list: an object's fields stand beside those of the objects in it.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{
    lexicon, rank,
    schema::{MAX_DEPTH, Node, Type},
    stem,
};

/// More parameters of one tool are not filled.
const MAX_LEAVES: usize = 400;

/// A parameter, or a field of one, that is filled with one value.
pub(super) struct Leaf<'s> {
    pub node: Node<'s>,
    /// What is in the list, where it is one.
    pub item: Option<Node<'s>>,
    /// Its name with those of the objects it is in: `update_info.email`.
    pub path: String,
    /// The words of its own name.
    pub name: Vec<String>,
    /// Their stems, those of families included, without words that say nothing.
    pub stems: HashSet<String>,
    /// The stems of its description.
    pub hints: HashSet<String>,
    /// The call can't be made without it.
    pub required: bool,
}

/// The parameters in their order and nesting.
pub(super) enum Tree {
    Leaf(usize),
    Object(Vec<Branch>),
}

pub(super) struct Branch {
    key: String,
    required: bool,
    tree: Tree,
}

/// The parameters of a schema.
pub(super) fn flatten<'s>(schema: &'s str) -> (Vec<Leaf<'s>>, Tree) {
    let mut leaves = Vec::new();
    let tree = branch(schema, Node::read(schema, schema), "", true, 0, &mut leaves);
    match tree {
        Tree::Object(_) => (leaves, tree),
        // Arguments are an object, whatever the schema says.
        Tree::Leaf(_) => (Vec::new(), Tree::Object(Vec::new())),
    }
}

fn branch<'s>(
    root: &'s str,
    node: Node<'s>,
    path: &str,
    required: bool,
    depth: usize,
    leaves: &mut Vec<Leaf<'s>>,
) -> Tree {
    let open = node.properties.is_empty() && depth > 0;
    if node.kind != Type::Object || open || depth > MAX_DEPTH || node.choices.is_some() {
        if depth == 0 {
            return Tree::Object(Vec::new());
        }
        leaves.push(Leaf::new(root, node, path, required));
        return Tree::Leaf(leaves.len() - 1);
    }
    let mut branches = Vec::new();
    let needed: HashSet<&str> = node.required.iter().map(String::as_str).collect();
    for (key, schema) in &node.properties {
        if leaves.len() >= MAX_LEAVES {
            break;
        }
        let inner = needed.contains(key.as_str());
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        // A field of an object that may be left out is not needed, but without it the object is.
        let tree = branch(root, Node::read(root, schema), &path, required && inner, depth + 1, leaves);
        branches.push(Branch { key: key.clone(), required: inner, tree });
    }
    Tree::Object(branches)
}

impl<'s> Leaf<'s> {
    fn new(root: &'s str, node: Node<'s>, path: &str, required: bool) -> Self {
        let item = node.items.filter(|_| node.kind == Type::Array).map(|items| Node::read(root, items));
        let own = path.rsplit('.').next().unwrap_or(path);
        let name = stem::name_words(own);
        let mut stems: HashSet<String> =
            name.iter().filter(|word| !lexicon::is_stop(word)).map(|word| stem::stem(word)).collect();
        if stems.is_empty() {
            stems = name.iter().map(|word| stem::stem(word)).collect();
        }
        let hints = rank::stems(&node.description).into_iter().collect();
        Self { node, item, path: path.to_owned(), name, stems, hints, required }
    }

    /// The leaf, or each of its items, is of this kind.
    pub(super) fn is(&self, kind: Type) -> bool {
        self.node.kind == kind
    }

    /// Its name has one of these words.
    pub(super) fn named(&self, words: &[&str]) -> bool {
        self.name.iter().any(|word| {
            words.contains(&word.as_str()) || word.strip_suffix('s').is_some_and(|one| words.contains(&one))
        })
    }

    /// Its name or its description has one of these words.
    pub(super) fn hinted(&self, words: &[&str]) -> bool {
        self.named(words) || words.iter().any(|word| self.hints.contains(&stem::stem(word)))
    }
}

/// Puts the values together; names what is needed and has none.
pub(super) fn assemble(tree: &Tree, values: &[Option<Value>]) -> (Map<String, Value>, Vec<usize>) {
    let mut missing = Vec::new();
    match object(tree, values, true, &mut missing) {
        Some(Value::Object(map)) => (map, missing),
        _ => (Map::new(), missing),
    }
}

fn object(tree: &Tree, values: &[Option<Value>], required: bool, missing: &mut Vec<usize>) -> Option<Value> {
    match tree {
        Tree::Leaf(leaf) => {
            let value = values.get(*leaf).cloned().flatten();
            if value.is_none() && required {
                missing.push(*leaf);
            }
            value
        }
        Tree::Object(branches) => {
            let mut map = Map::new();
            let mut lacks = Vec::new();
            for branch in branches {
                if let Some(value) = object(&branch.tree, values, branch.required, &mut lacks) {
                    map.insert(branch.key.clone(), value);
                }
            }
            if !required && (map.is_empty() || !lacks.is_empty()) {
                return None;
            }
            missing.extend(lacks);
            Some(Value::Object(map))
        }
    }
}
