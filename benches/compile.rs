//! What a tool costs to compile: `cargo check` and a debug build of a program with 500 tools of four parameters, against
//! the same functions without `#[tool]`, and against a hidden struct with `derive(Deserialize, JsonSchema)` for each.
//!
//! `cargo bench --bench compile`. Writes three programs below `target/`, builds what they depend on once, and then
//! counts the CPU seconds of the last crate alone; the least of several alternating rounds. A number behind `--` is how
//! many rounds.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const TOOLS: usize = 500;
const ROUNDS: usize = 3;
const PROGRAMS: [&str; 3] = ["plain", "fcall", "derive"];
/// At most so much of what the hidden structs cost.
const GOALS: [(&str, f64); 2] = [("check", 0.25), ("build", 0.30)];

/// A parameter: its type, the type that a hidden struct holds for it, how it is handed on from there, what `#[arg]`
/// says and what serde and schemars are told for the same.
struct Parameter {
    name: &'static str,
    shown: &'static str,
    held: &'static str,
    handed: &'static str,
    arg: &'static str,
    derive: &'static str,
}

const fn plain(name: &'static str, shown: &'static str) -> Parameter {
    Parameter { name, shown, held: shown, handed: "", arg: "", derive: "" }
}

const fn lent(name: &'static str, shown: &'static str, held: &'static str, handed: &'static str) -> Parameter {
    Parameter { name, shown, held, handed, arg: "", derive: "" }
}

const PARAMETERS: [Parameter; 14] = [
    lent("city", "&str", "String", ".as_str()"),
    plain("unit", "Option<Unit>"),
    plain("limit", "f64"),
    plain("tags", "Vec<String>"),
    plain("place", "Place"),
    Parameter {
        arg: "#[arg(range = 1..=14)]",
        derive: "#[schemars(range(min = 1, max = 14))]",
        ..plain("days", "u32")
    },
    lent("language", "Option<&str>", "Option<String>", ".as_deref()"),
    plain("detailed", "bool"),
    Parameter { arg: "#[arg(default = 10)]", derive: "#[serde(default = \"ten\")]", ..plain("count", "u32") },
    plain("note", "Option<String>"),
    plain("stops", "Vec<Place>"),
    lent("names", "&[String]", "Vec<String>", ".as_slice()"),
    plain("labels", "std::collections::HashMap<String, String>"),
    plain("offset", "Option<i64>"),
];

/// The return types, and how the body makes one of a text.
const RETURNS: [(&str, &str); 4] = [
    ("String", "text"),
    ("Report", "Report { text, sure: 0.5 }"),
    ("Result<Report, Fault>", "Ok(Report { text, sure: 0.5 })"),
    ("Result<String, Fault>", "Ok(text)"),
];

/// The types that all the programs share.
fn types(read: &str, written: &str) -> String {
    format!(
        "{read}#[derive(Debug)]\npub enum Unit {{ Celsius, Fahrenheit }}\n\
         {read}#[derive(Debug)]\npub struct Place {{ pub latitude: f64, pub longitude: f64, pub name: Option<String> }}\n\
         {written}#[derive(Debug)]\npub struct Report {{ pub text: String, pub sure: f64 }}\n\
         #[derive(Debug)]\npub struct Fault;\n\
         impl std::fmt::Display for Fault {{\n\
         fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{ f.write_str(\"no answer\") }}\n}}\n"
    )
}

/// The parameters of the tool with this number: four of them, no two tools alike for long.
fn parameters(tool: usize) -> impl Iterator<Item = &'static Parameter> {
    let (first, step) = (tool, [1, 3, 5, 9][tool / PARAMETERS.len() % 4]);
    (0..4).map(move |at| &PARAMETERS[(first + at * step) % PARAMETERS.len()])
}

fn function(tool: usize, what: &str) -> String {
    let (returns, made) = RETURNS[tool % RETURNS.len()];
    let keyword = if is_async(tool) { "async fn" } else { "fn" };
    let attribute = if what == "fcall" { "#[fcall::tool]\n" } else { "" };
    let mut out = format!("/// Looks up what is known of subject {tool}\n{attribute}pub {keyword} look_up_{tool}(");
    for Parameter { name, shown, arg, .. } in parameters(tool) {
        let said = if what == "fcall" { format!("/// The {name} to look for\n{arg}\n") } else { String::new() };
        let _ = write!(out, "{said}{name}: {shown}, ");
    }
    let shown = parameters(tool).map(|parameter| format!("{{{}:?}} ", parameter.name)).collect::<String>();
    let _ = writeln!(out, ") -> {returns} {{\n    let text = format!(\"{shown}\");\n    {made}\n}}");
    out
}

fn is_async(tool: usize) -> bool {
    !tool.is_multiple_of(3)
}

/// What a macro that derives would make of the function: a struct, a schema and a call, boxed as tools are.
fn derived(tool: usize) -> String {
    let (returns, _) = RETURNS[tool % RETURNS.len()];
    let mut out = format!("#[derive(serde::Deserialize, schemars::JsonSchema)]\nstruct Args{tool} {{\n");
    for Parameter { name, held, derive, .. } in parameters(tool) {
        let _ = writeln!(out, "/// The {name} to look for\n{derive}\n{name}: {held},");
    }
    let handed: String = parameters(tool).map(|with| format!("args.{}{}, ", with.name, with.handed)).collect();
    let wait = if is_async(tool) { ".await" } else { "" };
    let failed = if returns.starts_with("Result") { ".map_err(|fault| fault.to_string())?" } else { "" };
    let _ = writeln!(
        out,
        "}}\nfn call_{tool}(text: &str) -> Call<'_> {{\n    Box::pin(async move {{\n        \
         let args: Args{tool} = serde_json::from_str(text).map_err(|error| error.to_string())?;\n        \
         let out = look_up_{tool}({handed}){wait}{failed};\n        \
         serde_json::to_string(&out).map_err(|error| error.to_string())\n    }})\n}}\n\
         fn schema_{tool}() -> schemars::Schema {{ schemars::schema_for!(Args{tool}) }}"
    );
    out
}

fn source(what: &str) -> String {
    let (read, written) = match what {
        "fcall" => ("#[derive(serde::Deserialize, fcall::Schema)]\n", "#[derive(serde::Serialize)]\n"),
        "derive" => ("#[derive(serde::Deserialize, schemars::JsonSchema)]\n", "#[derive(serde::Serialize)]\n"),
        _ => ("", ""),
    };
    let mut out = format!("#![allow(dead_code, unused_attributes)]\n{}", types(read, written));
    for tool in 0..TOOLS {
        out += &function(tool, what);
        if what == "derive" {
            out += &derived(tool);
        }
    }
    let list = |row: &dyn Fn(usize) -> String| (0..TOOLS).map(row).collect::<String>();
    out += &match what {
        "fcall" => {
            "fn main() {\n    println!(\"{}\", fcall::Toolbox::collect().expect(\"no two of one name\").len());\n}\n"
                .to_owned()
        }
        "derive" => format!(
            "type Call<'a> = std::pin::Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;\n\
             fn ten() -> u32 {{ 10 }}\n\
             type Row = (&'static str, fn() -> schemars::Schema, for<'a> fn(&'a str) -> Call<'a>);\n\
             static TABLE: [Row; {TOOLS}] = [{}];\n\
             fn main() {{\n    for (name, schema, call) in std::hint::black_box(&TABLE) {{\n        \
             println!(\"{{name}} {{:?}} {{:p}}\", schema(), call);\n    }}\n}}\n",
            list(&|tool| format!("(\"look_up_{tool}\", schema_{tool}, call_{tool}),\n"))
        ),
        _ => format!(
            "fn main() {{\n{}}}\n",
            list(&|tool| format!("    std::hint::black_box(look_up_{tool} as *const ());\n"))
        ),
    };
    out
}

fn write_program(root: &Path, what: &str) -> PathBuf {
    let folder = root.join(what);
    let here = env!("CARGO_MANIFEST_DIR");
    let dependencies = match what {
        "fcall" => format!(
            "serde = {{ version = \"1\", features = [\"derive\"] }}\n\
             fcall = {{ path = {here:?}, default-features = false, features = [\"macros\"] }}"
        ),
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
    fs::write(folder.join("src/main.rs"), source(what)).expect("target/ is writable");
    folder
}

/// CPU seconds of the children that were waited for, so far.
fn children_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("this benchmark needs Linux");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("a number of ticks");
    (ticks(13) + ticks(14)) / 100.0
}

/// CPU seconds of compiling the program anew, what it depends on not counted.
fn compile(folder: &Path, how: &str) -> f64 {
    let source = folder.join("src/main.rs");
    let text = fs::read_to_string(&source).expect("just written");
    fs::write(&source, text).expect("target/ is writable");
    let before = children_seconds();
    let status = Command::new("cargo")
        .args([how, "--quiet", "--offline"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("../target"))
        .env("CARGO_INCREMENTAL", "0")
        .status()
        .expect("cargo runs");
    assert!(status.success(), "{} does not compile", folder.display());
    children_seconds() - before
}

fn main() {
    let rounds = env::args().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-compile");
    let programs = PROGRAMS.map(|what| write_program(&root, what));
    for folder in &programs {
        for step in ["generate-lockfile", "fetch"] {
            let status = Command::new("cargo").args([step, "--quiet"]).current_dir(folder).status();
            assert!(status.is_ok_and(|status| status.success()), "cargo {step} in {}", folder.display());
        }
    }
    for (how, goal) in GOALS {
        for folder in &programs {
            compile(folder, how);
        }
        let mut least = [f64::INFINITY; PROGRAMS.len()];
        for _ in 0..rounds {
            for (least, folder) in least.iter_mut().zip(&programs) {
                *least = least.min(compile(folder, how));
            }
        }
        for (what, seconds) in PROGRAMS.iter().zip(least) {
            println!("{how} {what:6}: {seconds:6.2} s CPU, {:5.2} ms a function", seconds * 1000.0 / TOOLS as f64);
        }
        let [plain, fcall, derive] = least;
        println!(
            "{how}: {:.3} of the hidden structs, the functions themselves left out (goal {goal:.2})",
            (fcall - plain) / (derive - plain)
        );
    }
}
