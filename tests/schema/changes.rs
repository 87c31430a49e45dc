//! Values that differ from a good one in one place.

use fcall::serde_json::{Value, json};

/// Every part replaced by values of other types and at the edges, every key left out, a key and an item more.
pub(crate) fn of(value: &Value) -> Vec<Value> {
    let mut all = others(value);
    match value {
        Value::Object(members) => {
            for (key, inner) in members {
                let mut without = members.clone();
                without.shift_remove(key);
                all.push(Value::Object(without));
                for changed in of(inner) {
                    let mut with = members.clone();
                    with.insert(key.clone(), changed);
                    all.push(Value::Object(with));
                }
            }
            let mut more = members.clone();
            more.insert("unheard_of".to_owned(), json!(1));
            all.push(Value::Object(more));
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                let mut without = items.clone();
                without.remove(at);
                all.push(Value::Array(without));
                for changed in of(inner) {
                    let mut with = items.clone();
                    with[at] = changed;
                    all.push(Value::Array(with));
                }
            }
            let mut more = items.clone();
            more.extend(items.last().cloned());
            all.push(Value::Array(more));
        }
        _ => {}
    }
    all
}

fn others(value: &Value) -> Vec<Value> {
    let others = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(300),
        json!(70_000),
        json!(5_000_000_000_i64),
        json!(1.5),
        json!(""),
        json!("x"),
        json!("two"),
        json!({}),
    ];
    // serde reads a struct from the list of its fields too, which no schema says: lists only stand where lists stood
    let list = value.is_array().then(|| json!([]));
    others.into_iter().chain(list).collect()
}
