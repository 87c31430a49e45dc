//! A program that a test writes, builds below `target/` with the workspace's own lock file, and asks.

use std::{
    env, fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The manifest of a program with this name: the facade without a client, in a workspace of its own.
pub(crate) fn manifest(name: &str) -> String {
    let fcall = Path::new(env!("CARGO_MANIFEST_DIR"));
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         fcall = {{ path = {fcall:?}, default-features = false, features = [\"macros\"] }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\n[profile.dev]\ndebug = false\n"
    )
}

/// Builds the program and returns where it is; what all of them depend on is built once.
pub(crate) fn build(name: &str, source: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (folder, target) = (temporary.join(name), temporary.join("programs"));
    fs::create_dir_all(folder.join("src")).expect("a folder below target/");
    fs::write(folder.join("Cargo.toml"), manifest(name)).expect("a file below target/");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the workspace's lock file");
    fs::write(folder.join("src/main.rs"), source).expect("a file below target/");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--offline", "--quiet", "--target-dir"])
        .arg(&target)
        .current_dir(&folder)
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{}", errors.get(..errors.len().min(8_000)).unwrap_or(&errors));
    target.join("debug").join(name)
}

/// The lines that the program prints when it is given these.
pub(crate) fn answers(program: &Path, lines: &[String]) -> Vec<String> {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = child.stdin.take().expect("piped");
    let asked: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    let writer = std::thread::spawn(move || input.write_all(asked.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads all");
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}
