//! Whether a schema is in the form that strict tools must have.
//!
//! It only looks: a schema is brought into that form elsewhere. A tool that is marked strict and isn't in it would be
//! refused with the whole request.

use std::collections::HashMap;

use serde::{Deserialize, de::IgnoredAny};

/// A schema, as far as strictness goes; one that has another shape is not strict.
#[derive(Deserialize)]
struct Node {
    #[serde(default)]
    properties: HashMap<String, Node>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(rename = "additionalProperties")]
    others: Option<bool>,
    #[serde(rename = "type", default)]
    kind: Kind,
    items: Option<Box<Node>>,
    #[serde(rename = "anyOf", default)]
    any_of: Vec<Node>,
    #[serde(rename = "$defs", default)]
    definitions: HashMap<String, Node>,
    // What no service takes in strict schemas.
    #[serde(rename = "allOf")]
    all_of: Option<IgnoredAny>,
    #[serde(rename = "oneOf")]
    one_of: Option<IgnoredAny>,
    not: Option<IgnoredAny>,
    #[serde(rename = "if")]
    when: Option<IgnoredAny>,
    #[serde(rename = "patternProperties")]
    patterns: Option<IgnoredAny>,
    // What Anthropic does not take in them.
    minimum: Option<IgnoredAny>,
    maximum: Option<IgnoredAny>,
    #[serde(rename = "exclusiveMinimum")]
    above: Option<IgnoredAny>,
    #[serde(rename = "exclusiveMaximum")]
    below: Option<IgnoredAny>,
    #[serde(rename = "multipleOf")]
    multiple: Option<IgnoredAny>,
    #[serde(rename = "minLength")]
    shortest: Option<IgnoredAny>,
    #[serde(rename = "maxLength")]
    longest: Option<IgnoredAny>,
    #[serde(rename = "minItems")]
    fewest: Option<IgnoredAny>,
    #[serde(rename = "maxItems")]
    most: Option<IgnoredAny>,
    #[serde(rename = "uniqueItems")]
    unique: Option<IgnoredAny>,
}

/// Whose rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rules {
    /// Every property is required; bounds are known.
    OpenAi,
    /// Properties may be left out; there are no bounds.
    Anthropic,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Kind {
    #[default]
    Unsaid,
    One(String),
    Some(Vec<String>),
}

/// Every object of the schema is closed, and it has nothing that these rules refuse.
pub(super) fn holds(schema: &str, rules: Rules) -> bool {
    serde_json::from_str::<Node>(schema).is_ok_and(|root| root.any_of.is_empty() && root.holds(rules))
}

impl Node {
    fn holds(&self, rules: Rules) -> bool {
        let refused = [&self.all_of, &self.one_of, &self.not, &self.when, &self.patterns];
        let closed = !self.is_object()
            || self.others == Some(false)
                && (rules == Rules::Anthropic || self.properties.keys().all(|name| self.required.contains(name)));
        let bounds = [&self.minimum, &self.maximum, &self.above, &self.below, &self.multiple];
        let sizes = [&self.shortest, &self.longest, &self.fewest, &self.most, &self.unique];
        let unbound = bounds.into_iter().chain(sizes).all(Option::is_none);
        let inner = self.properties.values().chain(&self.any_of).chain(self.definitions.values());
        closed
            && refused.into_iter().all(Option::is_none)
            && (rules == Rules::OpenAi || unbound)
            && inner.chain(self.items.as_deref()).all(|node| node.holds(rules))
    }

    fn is_object(&self) -> bool {
        match &self.kind {
            Kind::Unsaid => !self.properties.is_empty(),
            Kind::One(kind) => kind == "object",
            Kind::Some(kinds) => kinds.iter().any(|kind| kind == "object"),
        }
    }
}
