//! The ids that the calls of an encoded conversation have taken.

use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

/// The ids that the calls of an encoded conversation have taken, as hashes of theirs: kept with the bytes, so that a
/// turn need not look at the calls of all turns before it.
///
/// Two ids of one hash are taken for the same, and then the later one is replaced like one that is: nothing breaks.
#[derive(Debug, Default)]
pub(crate) struct TakenIds {
    all: HashSet<u64, BuildHasherDefault<Itself>>,
    /// Those among them that stand in messages that are not settled.
    last: Vec<u64>,
}

impl TakenIds {
    /// Takes an id; false where it was taken before.
    pub(crate) fn take(&mut self, id: u64) -> bool {
        let is_new = self.all.insert(id);
        if is_new {
            self.last.push(id);
        }
        is_new
    }

    /// The messages so far are settled.
    pub(crate) fn settle(&mut self) {
        self.last.clear();
    }

    /// The messages that are not settled are encoded anew.
    pub(crate) fn release(&mut self) {
        for id in self.last.drain(..) {
            self.all.remove(&id);
        }
    }
}

/// The hash of what is a hash already.
#[derive(Debug, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
