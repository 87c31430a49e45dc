//! Writes what fuzzing begins with: recorded replies and requests, and the words of a protocol.
//!
//! `seeds <corpus> <out>`: `<corpus>` holds the recorded traffic, `<out>` gets a folder and a dictionary by protocol.

use std::{collections::BTreeSet, env, fs, io, path::Path};

use fcall::protocol::Protocol;
use fcall_fuzz::KINDS;
use serde_json::Value;

/// Longer inputs than this are slow, and say little that shorter ones don't.
const LONGEST: usize = 6 << 10;

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(corpus), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err(io::Error::other("expected a corpus and a folder to write to"));
    };
    for protocol in Protocol::ALL {
        let folder = Path::new(&out).join(protocol.name());
        fs::create_dir_all(&folder)?;
        let recorded = fs::read_to_string(Path::new(&corpus).join("traffic").join(format!("{protocol}.jsonl")))?;
        let (mut seeds, mut words) = (BTreeSet::new(), BTreeSet::new());
        for record in recorded.lines() {
            let record: Value = serde_json::from_str(record)?;
            let kind = usize::from(record["streaming"] == true);
            let reply = record["response"].as_str().map_or_else(|| record["response"].to_string(), str::to_owned);
            gather(&record["response"], &mut words);
            reply
                .lines()
                .filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok())
                .for_each(|event: Value| gather(&event, &mut words));
            add(kind, &reply, &mut seeds);
            if record["request"].is_object() {
                gather(&record["request"], &mut words);
                add(2, &record["request"].to_string(), &mut seeds);
            }
        }
        for (at, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("recorded-{at}")), seed)?;
        }
        let words: Vec<String> = words.into_iter().map(|word| format!("\"\\\"{word}\\\"\"\n")).collect();
        fs::write(Path::new(&out).join(format!("{protocol}.dict")), words.concat())?;
        println!("{protocol}: {} seeds, {} words", seeds.len(), words.len());
    }
    Ok(())
}

fn add(kind: usize, text: &str, seeds: &mut BTreeSet<Vec<u8>>) {
    if text.len() <= LONGEST {
        // Any cut will do: the text's length gives one.
        let first = kind + KINDS.len() * (text.len() % 85);
        let first = u8::try_from(first).unwrap_or_default();
        seeds.insert([&[first], text.as_bytes()].concat());
    }
}

/// Keys, and what says of what kind a thing is.
fn gather(value: &Value, words: &mut BTreeSet<String>) {
    let is_word =
        |word: &str| word.len() <= 40 && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                words.extend(Some(key).filter(|key| is_word(key)).cloned());
                if let (true, Some(kind)) = (key == "type" || key.ends_with("eason") || key == "role", value.as_str()) {
                    words.extend(Some(kind.to_owned()).filter(|kind| is_word(kind)));
                }
                gather(value, words);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, words)),
        _ => {}
    }
}
