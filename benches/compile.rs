//! What a tool costs to compile: `cargo check` of 500 tools of four parameters, against the same functions without
//! `#[tool]`, and against a hidden struct with `derive(Deserialize, JsonSchema)` for each.
//!
//! `cargo bench --bench compile`. Writes three crates below `target/`, builds what they depend on once, and then counts
//! the CPU seconds of checking each alone; medians of several alternating rounds.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const TOOLS: usize = 500;
const ROUNDS: usize = 5;

fn source(what: &str) -> String {
    let mut out = String::from("#![allow(dead_code)]\n");
    for n in 0..TOOLS {
        let parameters = [("city", "&str"), ("days", "u32"), ("detailed", "bool"), ("unit", "Option<String>")];
        let (attribute, docs) = if what == "fcall" { ("#[fcall::tool]\n", true) } else { ("", false) };
        if what == "derive" {
            let _ = writeln!(
                out,
                "#[derive(serde::Deserialize, schemars::JsonSchema)]\nstruct Args{n} {{\n/// City name\ncity: String,\n\
                 /// Days ahead\ndays: u32,\n/// All details\ndetailed: bool,\n/// Temperature unit\nunit: Option<String>,\n}}\n\
                 pub fn decode_{n}(text: &str) -> Option<String> {{ let a: Args{n} = serde_json::from_str(text).ok()?; \
                 Some(get_weather_{n}(&a.city, a.days, a.detailed, a.unit)) }}\n\
                 pub fn schema_{n}() -> schemars::Schema {{ schemars::schema_for!(Args{n}) }}"
            );
        }
        let _ = write!(out, "/// Get the weather of planet {n}\n{attribute}pub fn get_weather_{n}(");
        for (name, kind) in parameters {
            let doc = if docs { format!("/// The {name} to look for\n") } else { String::new() };
            let _ = write!(out, "{doc}{name}: {kind}, ");
        }
        let _ = writeln!(out, ") -> String {{\n    format!(\"{{city}} {{days}} {{detailed}} {{unit:?}}\")\n}}");
    }
    out
}

fn write_crate(root: &Path, what: &str) -> PathBuf {
    let folder = root.join(what);
    let here = env!("CARGO_MANIFEST_DIR");
    let dependencies = match what {
        "fcall" => format!("fcall = {{ path = {here:?}, default-features = false, features = [\"macros\"] }}"),
        "derive" => {
            "serde = { version = \"1\", features = [\"derive\"] }\nserde_json = \"1\"\nschemars = \"1\"".to_owned()
        }
        _ => String::new(),
    };
    let manifest = format!(
        "[package]\nname = \"bench-{what}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}\n[workspace]\n"
    );
    fs::create_dir_all(folder.join("src")).expect("target/ is writable");
    fs::write(folder.join("Cargo.toml"), manifest).expect("target/ is writable");
    fs::write(folder.join("src/lib.rs"), source(what)).expect("target/ is writable");
    folder
}

/// CPU seconds of the children that were waited for, so far.
fn children_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("this benchmark needs Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("a number of ticks");
    (ticks(13) + ticks(14)) / 100.0
}

fn check(folder: &Path) -> f64 {
    let source = folder.join("src/lib.rs");
    let text = fs::read_to_string(&source).expect("just written");
    fs::write(&source, text).expect("target/ is writable");
    let before = children_seconds();
    let status = Command::new("cargo")
        .args(["check", "--quiet", "--offline"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("../target"))
        .env("CARGO_INCREMENTAL", "0")
        .status()
        .expect("cargo runs");
    assert!(status.success(), "{} does not compile", folder.display());
    children_seconds() - before
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-compile");
    let crates = ["plain", "fcall", "derive"].map(|what| (what, write_crate(&root, what)));
    for (_, folder) in &crates {
        let lock = Command::new("cargo").args(["generate-lockfile", "--quiet"]).current_dir(folder).status();
        assert!(lock.is_ok_and(|status| status.success()), "no lock file for {}", folder.display());
        let fetched = Command::new("cargo").args(["fetch", "--quiet"]).current_dir(folder).status();
        assert!(fetched.is_ok_and(|status| status.success()), "no dependencies for {}", folder.display());
        check(folder);
    }
    let mut seconds = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (at, (_, folder)) in crates.iter().enumerate() {
            seconds[at].push(check(folder));
        }
    }
    for (at, (what, _)) in crates.iter().enumerate() {
        seconds[at].sort_by(f64::total_cmp);
        let median = seconds[at][ROUNDS / 2];
        println!("{what:8}: {median:.2} s CPU for {TOOLS} functions, {:.2} ms each", median * 1000.0 / TOOLS as f64);
    }
}
