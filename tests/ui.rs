//! The errors a user sees, word for word, and what must compile.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the `.stderr` files anew; read them as a user would.

use std::process::Command;

/// The compiler that the `.stderr` files were written with.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn errors_teach() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let version = String::from_utf8_lossy(&version);
    if !version.starts_with(COMPILER) {
        println!("skipped: the expected errors are those of {COMPILER}x, this is {}", version.trim());
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.pass("tests/ui/hygiene/*.rs");
    for topic in ["args", "rules", "states", "toolset", "signature", "types", "derive", "recovery", "strict", "several"]
    {
        cases.compile_fail(format!("tests/ui/{topic}/*.rs"));
    }
}
