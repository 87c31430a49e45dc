//! What every error of `tests/ui` has to be, whatever it says: one, at the user's token, of the tool and the parameter,
//! with what to write instead, and without a word of ours. Reads the recorded `.stderr`; `tests/ui.rs` holds that they are true.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The mistake is in plain Rust (or only the compiler can see it), so the words are the compiler's: they need not name the
/// tool nor what to write. All else holds.
const COMPILERS_WORDS: &[(&str, &str)] = &[
    ("args/default_expression_of_wrong_type", "an expression of another type, as anywhere else"),
    ("recovery/body_half_typed", "the body does not parse"),
    ("toolset/body_half_typed", "the body does not parse"),
    ("recovery/type_half_typed", "the signature does not parse"),
    ("recovery/parameter_half_typed", "the signature does not parse"),
    ("recovery/result_half_typed", "the signature does not parse"),
    ("recovery/without_parameters", "the signature does not parse"),
    ("toolset/type_half_typed", "the signature does not parse"),
    ("toolset/without_body", "the method is declared only, as anywhere else"),
    ("recovery/tools_misspelt", "a path to nothing; the compiler offers the near one"),
    ("recovery/unknown_crate", "a path to nothing"),
    ("recovery/unknown_return_type", "a path to nothing"),
    ("recovery/unknown_state", "a path to nothing"),
    ("states/context_of_another_type", "a value of another type, as anywhere else"),
    ("types/alias_hides_a_reference", "which lifetimes a type holds for is only checked after everything else"),
    ("types/lifetime_of_a_type", "which lifetimes a type holds for is only checked after everything else"),
    ("recovery/tools_of_a_plain_function", "a path to a function where a type is asked for"),
    ("types/unknown_type", "a path to nothing"),
    ("several/unknown_types_inside", "paths to nothing"),
    ("types/opaque_not_serialize", "a type without a name can't be asked in a constant"),
    ("signature/not_send", "only the compiler sees what lives across an await"),
    ("signature/not_send_and_lent", "the same, of a function that is lent what it takes"),
    (
        "states/not_shared_between_threads",
        "`Sync` is the compiler's to explain; what it says of the type is what helps",
    ),
    ("states/same_type_through_an_alias", "that two types are one is only seen where both implement one trait"),
];

/// The compiler tells of one half-typed body twice by itself, also without `#[tool]`.
const COMPILERS_TWO: &[&str] = &["recovery/body_half_typed", "toolset/body_half_typed"];

/// What only a bound can refuse, so the compiler shows where the bound stands: a public function of ours, which is named as
/// users know it.
const BOUNDS: &[&str] = &["states/not_shared_between_threads", "toolset/not_a_toolset", "types/opaque_not_serialize"];

/// What no error may contain: names that users don't know, and how the macros work.
const FORBIDDEN: &[&str] = &[
    "__",
    "fcall_runtime",
    "private",
    "this error originates",
    "in the expansion",
    "inside `",
    "following other types implement",
    "is implemented for",
    "erroneous constant",
    "Checked",
    "Foreign",
    "Missing",
    "Known",
    "Fallback",
    "ToolArg",
    "FieldShape",
    "OwnError",
    "Annotated",
];

/// How a clause begins that says what to write instead.
const REMEDIES: &[&str] = &[
    "add",
    "change",
    "derive",
    "did you mean",
    "drop",
    "flatten",
    "give",
    "implement",
    "keep",
    "leave",
    "make",
    "mark",
    "move",
    "name",
    "own",
    "put",
    "rename",
    "return",
    "say",
    "take",
    "there are",
    "use",
    "write",
];

struct Case {
    /// `topic/what_is_wrong`
    name: String,
    source: String,
    errors: Vec<Error>,
    whole: String,
}

struct Error {
    /// The first line, without `error: `.
    title: String,
    /// File, line and column of the primary span.
    place: (String, usize, usize),
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut found: Vec<PathBuf> = Vec::new();
    let compiles = |topic: &PathBuf| topic.ends_with("pass") || topic.ends_with("hygiene");
    for topic in list(&root).into_iter().filter(|topic| topic.is_dir() && !compiles(topic)) {
        found.extend(
            list(&topic).into_iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")),
        );
    }
    found.iter().map(|file| Case::read(&root, file)).collect()
}

fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

impl Case {
    fn read(root: &Path, file: &Path) -> Self {
        let name = file.strip_prefix(root).expect("found below the root").with_extension("");
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let whole = read(&file.with_extension("stderr"));
        let mut errors: Vec<Error> = Vec::new();
        for line in whole.lines() {
            if let Some(rest) = line.strip_prefix("error") {
                let title = rest.split_once(": ").map_or(rest, |(_, title)| title);
                let title = title.strip_prefix("evaluation panicked: ").unwrap_or(title);
                errors.push(Error { title: title.to_owned(), place: (String::new(), 0, 0) });
            } else if let (Some(place), Some(error)) = (line.trim_start().strip_prefix("--> "), errors.last_mut())
                && error.place.0.is_empty()
            {
                let mut parts = place.rsplitn(3, ':');
                let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
                let (column, line) = (number(), number());
                error.place = (parts.next().unwrap_or_default().to_owned(), line, column);
            }
        }
        Self { name: name.to_string_lossy().replace('\\', "/"), source: read(file), errors, whole }
    }

    fn has_compilers_words(&self) -> bool {
        COMPILERS_WORDS.iter().any(|(name, _)| *name == self.name)
    }

    /// Where in the source an error stands.
    fn offset(&self, error: &Error) -> Option<usize> {
        let (_, line, column) = error.place;
        let before: usize = self.source.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        Some(before + column.checked_sub(1)?).filter(|at| *at < self.source.len())
    }

    /// The items of the source, by name.
    fn items(&self) -> Vec<&str> {
        let mut words = self.source.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        let mut items = Vec::new();
        while let Some(word) = words.next() {
            if ["fn", "struct", "enum", "union", "trait", "type"].contains(&word) {
                items.extend(words.next().filter(|name| *name != "main"));
            }
        }
        items
    }

    /// The parameter or field in whose text an error stands, if it has a name.
    fn part(&self, at: usize) -> Option<(&'static str, &str)> {
        let (before, _) = self.source.split_at(at);
        let open = before
            .char_indices()
            .rev()
            .scan(0, |depth, (index, c)| {
                *depth += match c {
                    ')' | '}' | ']' | '>' => 1,
                    '(' | '{' | '[' | '<' => -1,
                    _ => 0,
                };
                Some((*depth, index))
            })
            .fold((0, None), |(least, found), (depth, index)| {
                // the outermost bracket that is still open
                if depth < least { (depth, Some(index)) } else { (least, found) }
            })
            .1?;
        let head = before[..open].rsplit(['}', ';', '\n']).next().unwrap_or_default();
        let kind = match (self.source[open..].chars().next()?, head) {
            ('(', head) if head.contains("fn ") => "parameter",
            ('{', head) if head.contains("struct ") => "field",
            _ => return None,
        };
        // the name before the next colon that is no path
        let mut depth = 0;
        let start = before[open + 1..]
            .char_indices()
            .filter(|(_, c)| {
                depth += match c {
                    '(' | '[' | '{' | '<' => 1,
                    ')' | ']' | '}' | '>' => -1,
                    _ => 0,
                };
                *c == ',' && depth == 0
            })
            .last()
            .map_or(open + 1, |(index, _)| open + 2 + index);
        let text = self.source[start..].split_once(": ")?.0;
        let name = text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next()?;
        (!name.is_empty() && name != "_").then_some((kind, name))
    }
}

/// Fails with every case that breaks a rule.
#[track_caller]
fn check(rule: &str, fault: impl Fn(&Case) -> Option<String>) {
    let cases = cases();
    assert!(cases.len() >= 80, "only {} cases were found", cases.len());
    let faults: Vec<String> =
        cases.iter().filter_map(|case| fault(case).map(|fault| format!("{}: {fault}", case.name))).collect();
    assert!(faults.is_empty(), "{rule}:\n{}", faults.join("\n"));
}

fn of_errors(case: &Case, fault: impl Fn(&Error) -> Option<String>) -> Option<String> {
    case.errors.iter().find_map(fault)
}

#[test]
fn one_error_comes_alone() {
    check("one mistake gives one error, in `several/` each mistake gives its own", |case| {
        let several = case.name.starts_with("several/");
        let good = if several { case.errors.len() >= 2 } else { case.errors.len() == 1 };
        let known = COMPILERS_TWO.contains(&case.name.as_str()) && case.errors.len() == 2;
        (!good && !known).then(|| format!("{} errors", case.errors.len()))
    });
}

#[test]
fn errors_stand_at_the_users_token() {
    check("the primary span is a token in the user's file, not a bare attribute", |case| {
        of_errors(case, |error| {
            let file = format!("tests/ui/{}.rs", case.name);
            let Some(at) = case.offset(error).filter(|_| error.place.0 == file) else {
                return Some(format!("stands at {}:{}", error.place.0, error.place.1));
            };
            let rest = &case.source[at..];
            let bare = ["#[tool]", "#[toolset]", "#[derive", "tool]", "toolset]", "Schema)]", "Schema,", "tools!"];
            bare.iter().find(|bare| rest.starts_with(**bare)).map(|bare| format!("stands on `{bare}`"))
        })
    });
}

#[test]
fn no_other_place_is_shown() {
    check("no note leads into our code", |case| {
        let mut places = case.whole.lines().filter_map(|line| line.trim_start().strip_prefix("--> "));
        let foreign = places.find(|place| !place.starts_with("tests/ui/"))?;
        (!BOUNDS.contains(&case.name.as_str())).then(|| format!("shows {foreign}"))
    });
}

#[test]
fn errors_name_the_tool_and_the_parameter() {
    check("an error names the tool or type, and the parameter or field it stands at", |case| {
        if case.has_compilers_words() {
            return None;
        }
        of_errors(case, |error| {
            let named =
                |name: &str| error.title.contains(&format!("`{name}`")) || error.title.contains(&format!("`{name}<"));
            if !case.items().into_iter().any(named) && !error.title.contains("`tools![") {
                return Some(format!("names no item: {}", error.title));
            }
            let (kind, part) = case.part(case.offset(error)?)?;
            (!error.title.contains(&format!("{kind} `{part}`"))).then(|| format!("{kind} `{part}`: {}", error.title))
        })
    });
}

#[test]
fn errors_say_what_to_write() {
    check("an error says what to write instead", |case| {
        if case.has_compilers_words() {
            return None;
        }
        of_errors(case, |error| {
            let text = if case.errors.len() == 1 { &case.whole } else { &error.title };
            let mut clauses = text.lines().flat_map(|line| line.split([';', ':', ','])).map(str::trim);
            let says = clauses.any(|clause| {
                REMEDIES.iter().any(|remedy| clause.strip_prefix(remedy).is_some_and(|rest| rest.starts_with(' ')))
            });
            (!says).then(|| error.title.clone())
        })
    });
}

#[test]
fn errors_have_no_word_of_ours() {
    check("no error shows how the macros work", |case| {
        // the code that is shown is the user's own
        let told = case.whole.lines().filter(|line| !line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        let told: String = told.collect::<Vec<_>>().join("\n");
        FORBIDDEN.iter().find(|word| told.contains(**word)).map(|word| format!("says `{word}`"))
    });
}

#[test]
fn exceptions_are_still_needed() {
    let cases = cases();
    let listed = COMPILERS_WORDS.iter().map(|(name, _)| name).chain(COMPILERS_TWO).chain(BOUNDS);
    for name in listed {
        assert!(cases.iter().any(|case| case.name == *name), "there is no case `{name}`");
    }
}
