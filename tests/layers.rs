//! The house of ARCHITECTURE.md, held against the code: arrows between the rooms of the runtime go down only.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms, from the ground up; rooms of one floor don't know each other.
const FLOORS: [&[&str]; 8] = [
    &["error", "sync"],
    &["notice", "schema"],
    &["message"],
    &["tool"],
    &["model", "toolbox"],
    &["agent", "fallback", "protocol"],
    &["client", "journal", "offline"],
    &["from_env", "testing"],
];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the runtime's sources stand beside the tests") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Room, file and text without comments of every source file of the runtime.
fn rooms() -> Vec<(String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fcall-runtime/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let read = |file: PathBuf| {
        let inside = file.strip_prefix(&root).expect("found below the root");
        let room = inside.iter().next().expect("a file has a name").to_string_lossy().replace(".rs", "");
        let text = fs::read_to_string(&file).expect("a readable source file");
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        (room, file, code.join("\n"))
    };
    files.into_iter().map(read).collect()
}

/// The rooms that a text names after `crate::`, in a path or in a list in braces.
fn named(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(list) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (at, c) in list.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && !c.is_whitespace() => {
                        names.push(word(&list[at..]));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            names.push(word(rest));
        }
    }
    names
}

#[test]
fn arrows_go_down_only() {
    let mut wrong = Vec::new();
    for (room, file, code) in rooms() {
        // The crate's root and what it shows to macros may know everything.
        let Some(here) = floor(&room) else {
            assert!(
                ["lib", "__private", "private"].contains(&room.as_str()),
                "`{room}` is on no floor of tests/layers.rs"
            );
            continue;
        };
        for name in named(&code).into_iter().filter(|name| *name != room) {
            if floor(&name).is_some_and(|there| there >= here) {
                wrong.push(format!("{}: `{room}` may not know `{name}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn protocols_are_pure() {
    for (room, file, code) in rooms().iter().filter(|(room, ..)| room == "protocol") {
        for word in ["async ", ".await", "std::env", "std::fs", "std::net", "tokio", "reqwest"] {
            assert!(!code.contains(word), "{}: `{room}` has `{word}`", file.display());
        }
    }
}

#[test]
fn only_the_client_knows_http_and_reads_the_environment() {
    for (room, file, code) in rooms().iter().filter(|(room, ..)| !["client", "from_env"].contains(&room.as_str())) {
        for word in ["reqwest", "env::var"] {
            assert!(!code.contains(word), "{}: `{room}` has `{word}`", file.display());
        }
    }
}
