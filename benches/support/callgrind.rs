//! Instructions of this program, counted by callgrind.

use std::{
    env, fs,
    process::{Command, Stdio, id},
    sync::atomic::{AtomicU32, Ordering},
};

/// What stands for a count where `valgrind` is not installed.
pub(crate) const NOT_HERE: &str = "instructions not counted: valgrind is not here";

/// Instructions in user space of this program, started once more with these arguments.
pub(crate) fn instructions(arguments: &[String]) -> Option<u64> {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let started = STARTED.fetch_add(1, Ordering::Relaxed);
    let out = env::temp_dir().join(format!("fcall-{}-{started}.callgrind", id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", out.display())])
        .arg(env::current_exe().ok()?)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    let text = fs::read_to_string(&out).ok()?;
    let _ = fs::remove_file(&out);
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "))?;
    status.success().then(|| total.trim().parse().ok()).flatten()
}
