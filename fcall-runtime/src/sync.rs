//! The locks whose use has rules of ours, in one place: a model checker puts its own in their stead, and tries every
//! order in which threads may take them (`tests/crates/schedules`).

#[cfg(not(shuttle))]
pub(crate) use std::{
    fs::{File, OpenOptions},
    sync::{Mutex, MutexGuard, OnceLock},
};

#[cfg(shuttle)]
pub(crate) use checked::{File, Mutex, MutexGuard, OnceLock, OpenOptions};
#[cfg(shuttle)]
pub(crate) use shuttle_tokio::{
    sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, Semaphore},
    task::spawn_blocking,
};
#[cfg(not(shuttle))]
pub(crate) use tokio::{
    sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, Semaphore},
    task::spawn_blocking,
};

#[cfg(shuttle)]
#[path = "../../tests/crates/schedules/checked.rs"]
mod checked;
