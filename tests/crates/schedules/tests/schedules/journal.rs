//! Records that several write to the same file: each is there, whole, and what a crash left is cut off once.

use std::{
    fs,
    io::Write,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use schedules::{
    agent::{Journal, Record},
    journal::{Durability, FileJournal},
};
use shuttle::{future::block_on, thread};

use super::in_many_orders;

/// A folder of its own for each order that is tried.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("fcall-schedules-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write_beside_each_other(torn: bool, same: bool) {
    in_many_orders(200, move || {
        let folder = Folder::new();
        let journal = FileJournal::open(&folder.0).unwrap().durability(Durability::Process);
        if torn {
            let mut file = fs::File::create(folder.0.join("run.jsonl")).unwrap();
            file.write_all(b"{\"version\":1,\"record\":{\"ov").unwrap();
        }
        let other = if same { journal.clone() } else { journal.clone().durability(Durability::Process) };
        let write = |journal: FileJournal| {
            thread::spawn(move || {
                let record = Record::Over { stop: None };
                for _ in 0..2 {
                    block_on(journal.append("run", &record)).unwrap();
                }
            })
        };
        let writers = [write(journal.clone()), write(other)];
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        let text = fs::read_to_string(folder.0.join("run.jsonl")).unwrap();
        assert_eq!(text.lines().count(), 4, "{text}");
        assert_eq!(block_on(journal.read("run")).unwrap().len(), 4, "{text}");
    });
}

#[test]
fn nothing_that_is_written_at_the_same_time_is_lost() {
    write_beside_each_other(false, true);
}

#[test]
fn what_a_crash_left_is_cut_off_and_nothing_else() {
    write_beside_each_other(true, true);
}

#[test]
fn a_copy_with_another_durability_waits_for_the_same_locks() {
    write_beside_each_other(true, false);
}

#[test]
fn one_at_a_time_has_a_run() {
    in_many_orders(1000, || {
        let folder = Folder::new();
        let journal = FileJournal::open(&folder.0).unwrap();
        let (have, had) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let claim = |journal: FileJournal| {
            let (have, had) = (Arc::clone(&have), Arc::clone(&had));
            thread::spawn(move || {
                for _ in 0..2 {
                    let Some(claim) = block_on(journal.claim("run")).unwrap() else { continue };
                    assert_eq!(have.fetch_add(1, Ordering::SeqCst), 0, "somebody else has it");
                    had.fetch_add(1, Ordering::SeqCst);
                    thread::yield_now();
                    have.fetch_sub(1, Ordering::SeqCst);
                    drop(claim);
                }
            })
        };
        let both = [claim(journal.clone()), claim(journal.clone().durability(Durability::Process))];
        both.into_iter().for_each(|one| one.join().unwrap());
        assert!(had.load(Ordering::SeqCst) > 0, "one of them had it");
        assert!(block_on(journal.claim("run")).unwrap().is_some(), "and gave it free");
    });
}
