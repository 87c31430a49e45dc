//! What this process holds: bytes, tasks, sockets, CPU time.
#![allow(unsafe_code, reason = "a global allocator can't be written without")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// Counts the bytes that live, and otherwise is the system's allocator.
pub(crate) struct Live;

static LIVE: AtomicI64 = AtomicI64::new(0);

fn count(bytes: usize, sign: i64) {
    LIVE.fetch_add(sign * i64::try_from(bytes).unwrap_or(i64::MAX), Ordering::Relaxed);
}

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Live {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// What is held at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) bytes: i64,
    pub(crate) tasks: usize,
    pub(crate) sockets: usize,
}

impl Held {
    /// By this process now; the task that asks is not counted.
    pub(crate) fn now() -> Self {
        let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
        Self { bytes: LIVE.load(Ordering::Relaxed), tasks, sockets: sockets() }
    }

    /// Once nothing moves any more: no task, no socket, and as many bytes as a second before.
    pub(crate) async fn at_rest() -> Result<Self, Self> {
        let mut last = Self::now();
        for _ in 0..30 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = Self::now();
            if now.tasks == 0 && now.sockets == 0 && now.bytes == last.bytes {
                return Ok(now);
            }
            last = now;
        }
        Err(last)
    }
}

fn sockets() -> usize {
    let open = fs::read_dir("/proc/self/fd").expect("the soak needs Linux");
    let is_socket = |path: std::path::PathBuf| {
        fs::read_link(path).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    // Tokio's own pair, by which it hears of signals, is not connected to anything.
    open.flatten()
        .filter(|entry| is_socket(entry.path()))
        .count()
        .saturating_sub(OWN_SOCKETS.get().copied().unwrap_or(0))
}

static OWN_SOCKETS: std::sync::OnceLock<usize> = std::sync::OnceLock::new();

/// What sockets there are now belong to the runtime, and are none of a run.
pub(crate) fn own_sockets() {
    let _ = OWN_SOCKETS.set(sockets());
}

/// CPU seconds of this process so far, user and system.
pub(crate) fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or_default();
    // A tick is a hundredth of a second on every Linux that programs can see.
    (ticks(11) + ticks(12)) / 100.0
}

/// The line nearest to these values, one a second: how much they grow in a second.
pub(crate) fn slope(values: &[i64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<i64>() as f64 / n;
    let middle = (n - 1.0) / 2.0;
    let (mut above, mut below) = (0.0, 0.0);
    for (at, value) in values.iter().enumerate() {
        above += (at as f64 - middle) * (*value as f64 - mean);
        below += (at as f64 - middle).powi(2);
    }
    if below > 0.0 { above / below } else { 0.0 }
}
