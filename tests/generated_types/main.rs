//! Types and values drawn by chance: what serde writes fits our schema, what our schema refuses serde refuses, and our
//! schema means what schemars' own derive means. Where they differ, the type has a reason on the list.
//!
//! The program that `generate` writes is built below `target/`. `FCALL_SEED` begins the chance, `FCALL_CASES` says how many
//! types there are; a failure prints both.

mod generate;
mod instances;

#[path = "../schema/changes.rs"]
mod changes;
#[path = "../conversations/dice.rs"]
#[allow(dead_code, reason = "types need less chance than conversations")]
mod dice;
#[path = "../program/mod.rs"]
mod program;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    path::Path,
};

use dice::Dice;
use generate::{Type, Use};
use jsonschema::Validator;
use serde_json::Value;

const TYPES: usize = 120;
/// Values drawn from each of the two schemas of a type.
const VALUES: usize = 12;
/// Of each of these, so many values that differ from it in one place.
const CHANGES: usize = 40;

/// Who differs from our schema about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Other {
    /// serde writes it, our schema refuses it.
    SerdeWrites,
    /// serde reads it, our schema refuses it.
    SerdeTakes,
    /// schemars' schema takes it, our schema refuses it.
    SchemarsTakes,
    /// schemars' schema refuses it, our schema takes it.
    SchemarsRefuses,
}

/// Which difference is right for which types, and why stands at [`Use`].
const REASONS: [(Other, &[Use]); 4] = [
    (Other::SerdeWrites, &[]),
    (Other::SerdeTakes, &[Use::Set, Use::Kept, Use::DeniesBesideTag, Use::Forgiven]),
    (Other::SchemarsTakes, &[Use::Wide]),
    (Other::SchemarsRefuses, &[Use::Trailing, Use::Beside, Use::KeysBesideTag]),
];

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What the program prints when it is asked about these values.
fn answers(program: &Path, questions: &[(usize, Value)]) -> Vec<String> {
    let lines: Vec<String> = questions.iter().map(|(at, value)| format!("{at} {value}")).collect();
    program::answers(program, &lines)
}

struct Schemas {
    ours: Value,
    theirs: Value,
    our_judge: Validator,
    their_judge: Validator,
}

impl Schemas {
    fn of(pair: &[String]) -> Self {
        let [ours, theirs] = [0, 1].map(|at| serde_json::from_str(&pair[at]).expect("a schema is JSON"));
        let judge = |schema| jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{schema}: {error}"));
        Self { our_judge: judge(&ours), their_judge: judge(&theirs), ours, theirs }
    }
}

/// What was found of a value: who differs from our schema, and what serde writes where it reads the value.
fn differences(schemas: &Schemas, value: &Value, written: Option<&Value>) -> Vec<Other> {
    let (us, them) = (schemas.our_judge.is_valid(value), schemas.their_judge.is_valid(value));
    let found = [
        (written.is_some_and(|written| !schemas.our_judge.is_valid(written)), Other::SerdeWrites),
        (!us && written.is_some(), Other::SerdeTakes),
        (!us && them, Other::SchemarsTakes),
        (us && !them, Other::SchemarsRefuses),
    ];
    found.into_iter().filter(|(differs, _)| *differs).map(|(_, other)| other).collect()
}

/// Whether there is a reason on the list; none is good enough for refusing a value that serde keeps as it is.
fn is_explained(kind: &Type, other: Other, value: &Value, written: Option<&Value>) -> bool {
    let reasons = REASONS.iter().find(|(of, _)| *of == other).map_or(&[][..], |(_, reasons)| reasons);
    let is_kept = other == Other::SerdeTakes && written.is_some_and(|written| stands_in(value, written));
    !is_kept && reasons.iter().any(|reason| kind.uses.contains(reason))
}

/// Everything of the value is there, maybe with what it left out.
fn stands_in(value: &Value, written: &Value) -> bool {
    match (value, written) {
        (Value::Object(value), Value::Object(written)) => {
            value.iter().all(|(key, value)| written.get(key).is_some_and(|written| stands_in(value, written)))
        }
        (Value::Array(value), Value::Array(written)) => {
            value.len() <= written.len() && value.iter().zip(written).all(|(value, written)| stands_in(value, written))
        }
        (Value::Number(value), Value::Number(written)) => value.as_f64() == written.as_f64(),
        (value, written) => value == written,
    }
}

/// Values of each type, some of them wrong in one place.
fn questions(schemas: &[Schemas], dice: &mut Dice) -> Vec<(usize, Value)> {
    let mut questions = Vec::new();
    for (at, schemas) in schemas.iter().enumerate() {
        for schema in [&schemas.ours, &schemas.theirs].into_iter().flat_map(|schema| [schema; VALUES]) {
            let value = instances::of(schema, dice);
            let mut changed = changes::of(&value);
            // A large value has many places: some of them will do.
            while changed.len() > CHANGES {
                changed.swap_remove(dice.below(changed.len()));
            }
            questions.extend(changed.into_iter().chain([value]).map(|value| (at, value)));
        }
    }
    questions
}

#[test]
fn generated_types_mean_what_serde_and_schemars_say() {
    let (seed, many) = (number("FCALL_SEED", 1), number("FCALL_CASES", TYPES as u64) as usize);
    let made = generate::program(seed, many);
    let binary = program::build("generated-types", &made.source);
    let schemas: Vec<Schemas> = answers(&binary, &[]).chunks(2).map(Schemas::of).collect();
    assert_eq!(schemas.len(), many);
    let questions = questions(&schemas, &mut Dice::new(seed));
    let said = answers(&binary, &questions).split_off(2 * many);
    assert_eq!(said.len(), questions.len());

    let mut open: BTreeMap<(usize, Other), String> = BTreeMap::new();
    let (mut taken, mut explained) = (0, BTreeSet::new());
    for ((at, value), said) in questions.iter().zip(&said) {
        let written: Option<Value> = (said != "-").then(|| serde_json::from_str(said).expect("serde writes JSON"));
        taken += usize::from(written.is_some());
        for other in differences(&schemas[*at], value, written.as_ref()) {
            if is_explained(&made.types[*at], other, value, written.as_ref()) {
                explained.insert((*at, other));
                continue;
            }
            let (ours, theirs) = (&schemas[*at].ours, &schemas[*at].theirs);
            let what = || format!("{value}, written {written:?}\n  ours {ours}\n  theirs {theirs}");
            open.entry((*at, other)).or_insert_with(what);
        }
    }
    let shown = |((at, other), what): (&(usize, Other), &String)| format!("{} {other:?}: {what}", made.types[*at].name);
    assert!(
        open.is_empty(),
        "{} differences nobody explains, with FCALL_SEED={seed} FCALL_CASES={many}; the types are in {}:\n{}",
        open.len(),
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated-types/src/main.rs").display(),
        open.iter().take(12).map(shown).collect::<Vec<_>>().join("\n")
    );
    assert!(taken * 10 > questions.len(), "serde reads only {taken} of {} values", questions.len());
    println!(
        "{many} types, {} values, {taken} of them read by serde; {} differences with a reason",
        questions.len(),
        explained.len()
    );
}
