//! What is sent where a call is forced and the question has nothing for a parameter.

use serde_json::Value;

use super::MAX_FAN;
use crate::offline::{
    format,
    leaves::Leaf,
    schema::{Node, Type},
};

/// A value that fits the schema where the question has none.
pub(in crate::offline) fn stand_in(question: &str, leaf: &Leaf<'_>) -> Option<Value> {
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
