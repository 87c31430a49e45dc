//! Locks and files as the model checker knows them: before each use it may let another thread go on.

use std::{
    fs,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

pub(crate) use shuttle::sync::{Mutex, MutexGuard};

/// A cell that is written once; the checker has none of its own.
#[derive(Debug)]
pub(crate) struct OnceLock<T> {
    turn: Mutex<()>,
    cell: std::sync::OnceLock<T>,
}

impl<T> OnceLock<T> {
    pub(crate) fn new() -> Self {
        Self { turn: Mutex::new(()), cell: std::sync::OnceLock::new() }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        let _turn = self.turn.lock();
        self.cell.get()
    }

    pub(crate) fn set(&self, value: T) -> Result<(), T> {
        let _turn = self.turn.lock();
        self.cell.set(value)
    }

    pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        let _turn = self.turn.lock();
        self.cell.get_or_init(make)
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> From<T> for OnceLock<T> {
    fn from(value: T) -> Self {
        Self { turn: Mutex::new(()), cell: std::sync::OnceLock::from(value) }
    }
}

/// The copy is one of its own.
impl<T: Clone> Clone for OnceLock<T> {
    fn clone(&self) -> Self {
        Self { turn: Mutex::new(()), cell: self.cell.clone() }
    }
}

/// Another thread may go on here.
fn pause() {
    shuttle::thread::yield_now();
}

/// A file in which others may write between any two uses, and in the middle of what is written.
#[derive(Debug)]
pub(crate) struct File(fs::File);

impl File {
    pub(crate) fn metadata(&self) -> io::Result<fs::Metadata> {
        pause();
        self.0.metadata()
    }

    pub(crate) fn set_len(&self, length: u64) -> io::Result<()> {
        pause();
        self.0.set_len(length)
    }

    pub(crate) fn sync_data(&self) -> io::Result<()> {
        pause();
        self.0.sync_data()
    }
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        pause();
        self.0.read(buffer)
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        pause();
        // What is written in one go on most days need not be.
        self.0.write(&bytes[..bytes.len().min(16)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        pause();
        self.0.seek(to)
    }
}

/// As `std::fs::OpenOptions`.
#[derive(Debug)]
pub(crate) struct OpenOptions(fs::OpenOptions);

impl OpenOptions {
    pub(crate) fn new() -> Self {
        Self(fs::OpenOptions::new())
    }

    pub(crate) fn read(&mut self, on: bool) -> &mut Self {
        self.0.read(on);
        self
    }

    pub(crate) fn append(&mut self, on: bool) -> &mut Self {
        self.0.append(on);
        self
    }

    pub(crate) fn create(&mut self, on: bool) -> &mut Self {
        self.0.create(on);
        self
    }

    pub(crate) fn open(&self, path: &Path) -> io::Result<File> {
        pause();
        self.0.open(path).map(File)
    }
}
