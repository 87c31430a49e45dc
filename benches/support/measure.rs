//! CPU time and memory of this process.
#![allow(unsafe_code, reason = "a global allocator can't be written without")]
#![allow(dead_code, reason = "no benchmark measures all of it")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs,
    sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
};

/// Counts allocations, and otherwise is the system's allocator.
pub(crate) struct Counting;

/// Whether it counts: what that costs is no part of a program's CPU, and is most where most is allocated.
static COUNTS: AtomicBool = AtomicBool::new(true);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static LIVE: AtomicI64 = AtomicI64::new(0);

fn allocated(by: usize, from: usize) {
    if COUNTS.load(Ordering::Relaxed) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        grown(by, from);
    }
}

fn grown(by: usize, from: usize) {
    LIVE.fetch_add(by as i64 - from as i64, Ordering::Relaxed);
}

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        allocated(layout.size(), 0);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if COUNTS.load(Ordering::Relaxed) {
            grown(0, layout.size());
        }
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        allocated(size, layout.size());
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// From here on allocations are counted, or not.
pub(crate) fn count_allocations(counts: bool) {
    COUNTS.store(counts, Ordering::Relaxed);
}

/// Allocations so far, reallocations included.
pub(crate) fn allocations() -> u64 {
    ALLOCATIONS.load(Ordering::Relaxed)
}

/// Bytes that are allocated now.
pub(crate) fn live_bytes() -> i64 {
    LIVE.load(Ordering::Relaxed)
}

/// CPU seconds of all threads of this process so far, user and system.
pub(crate) fn cpu_seconds() -> f64 {
    let tasks = fs::read_dir("/proc/self/task").expect("this benchmark needs Linux");
    let nanos = |task: fs::DirEntry| -> Option<f64> {
        let stat = fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse().ok()
    };
    tasks.flatten().filter_map(nanos).sum::<f64>() / 1e9
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
