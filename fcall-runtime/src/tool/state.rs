//! What a program lends to its tools: `#[state] db: &Db`, `#[state] cart: &mut Cart`.
//!
//! A value stands under its type. A call holds all it needs from before it begins until it ends, taken in one order
//! that is the same for every tool, so two calls never wait for each other. How long is waited is `due`'s to say.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    fmt,
    future::Future,
    ops::{Deref, DerefMut},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use super::{
    CallContext, Outcome,
    due::{Due, Overdue, after},
};
use crate::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// The values that tools are lent, by type. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct States(HashMap<TypeId, Entry>);

/// A value: an `Arc<T>`, or an `Arc<RwLock<T>>` where calls may change it.
#[derive(Clone)]
struct Entry {
    value: Arc<dyn Any + Send + Sync>,
    exclusive: bool,
    due: Due,
    name: &'static str,
}

impl States {
    /// A value that is only looked at; answers the type's name if there was one already.
    pub(crate) fn shared<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) -> Option<&'static str> {
        self.insert::<T>(Arc::new(value), false)
    }

    /// A value that calls may change, one at a time.
    pub(crate) fn exclusive<T: Send + Sync + 'static>(&mut self, value: T) -> Option<&'static str> {
        self.insert::<T>(Arc::new(Arc::new(RwLock::new(value))), true)
    }

    fn insert<T: ?Sized + 'static>(
        &mut self,
        value: Arc<dyn Any + Send + Sync>,
        exclusive: bool,
    ) -> Option<&'static str> {
        let entry = Entry { value, exclusive, due: Due::default(), name: type_name::<T>() };
        self.0.insert(TypeId::of::<T>(), entry).map(|old| old.name)
    }

    /// A value of this type will come, to be looked at or changed.
    pub(crate) fn promise<T: ?Sized + 'static>(&mut self) {
        self.insert::<T>(Arc::new(()), true);
    }

    /// There are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These, and where they say nothing, those.
    pub(crate) fn over(&self, below: &Self) -> Self {
        let mut all = below.0.clone();
        all.extend(self.0.iter().map(|(id, entry)| (*id, entry.clone())));
        Self(all)
    }

    /// The first of these needs that can't be met, in words.
    pub(crate) fn lack(&self, needs: &[Need]) -> Option<String> {
        needs.iter().find_map(|need| self.lacks(need))
    }

    fn lacks(&self, need: &Need) -> Option<String> {
        let (name, id) = (need.name, (need.id)());
        match (self.0.get(&id), need.exclusive) {
            (Some(Entry { exclusive: true, .. }), _) | (Some(_), false) => None,
            (Some(_), true) => Some(format!(
                "it changes the state `{name}`, which was given to be looked at only; give it with \
                 `.state_mut(..)` instead of `.state(..)`"
            )),
            (None, true) => Some(format!(
                "it needs the state `{name}`; give it with `.state_mut(..)`, or where each run brings its own, say \
                 `.state_per_run::<{name}>()` and give it with `agent.request(..).state_mut(..)`"
            )),
            (None, false) => Some(format!(
                "it needs the state `{name}`; give it with `.state(..)`, or with `.state_arc(..)` where it is in an `Arc`, \
                 or where each run brings its own, say `.state_per_run::<{name}>()` and give it with \
                 `agent.request(..).state(..)`"
            )),
        }
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.0.values().map(|entry| entry.name).collect();
        names.sort_unstable();
        f.debug_list().entries(names).finish()
    }
}

/// A state that a tool needs, as its constant says.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    name: &'static str,
    exclusive: bool,
    id: fn() -> TypeId,
    hold: fn(Arc<dyn Any + Send + Sync>, bool) -> Holding,
}

type Holding = Pin<Box<dyn Future<Output = Option<Guard>> + Send>>;
type Guard = Box<dyn Any + Send>;

impl Need {
    /// To look at; `name` is the type as it was written.
    pub const fn shared<T: ?Sized + Send + Sync + 'static>(name: &'static str) -> Self {
        Self { name, exclusive: false, id: TypeId::of::<T>, hold: |value, locked| Box::pin(look::<T>(value, locked)) }
    }

    /// To change.
    pub const fn exclusive<T: Send + Sync + 'static>(name: &'static str) -> Self {
        Self { name, exclusive: true, id: TypeId::of::<T>, hold: |value, _| Box::pin(change::<T>(value)) }
    }
}

async fn look<T: ?Sized + Send + Sync + 'static>(value: Arc<dyn Any + Send + Sync>, locked: bool) -> Option<Guard> {
    if let Some(value) = value.downcast_ref::<Arc<T>>().filter(|_| !locked) {
        return Some(Box::new(Held::Shared(Arc::clone(value))));
    }
    let lock = Arc::clone(value.downcast_ref::<Arc<RwLock<T>>>()?);
    Some(Box::new(Held::Read(lock.read_owned().await)))
}

async fn change<T: Send + Sync + 'static>(value: Arc<dyn Any + Send + Sync>) -> Option<Guard> {
    let lock = Arc::clone(value.downcast_ref::<Arc<RwLock<T>>>()?);
    Some(Box::new(HeldMut(lock.write_owned().await)))
}

/// A value while a call looks at it.
#[derive(Debug)]
pub enum Held<T: ?Sized> {
    /// Nobody changes it.
    Shared(Arc<T>),
    /// Nobody changes it before this is dropped.
    Read(OwnedRwLockReadGuard<T>),
}

impl<T: ?Sized> Deref for Held<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Shared(value) => value,
            Self::Read(value) => value,
        }
    }
}

/// A value while a call has it for itself.
#[derive(Debug)]
pub struct HeldMut<T>(OwnedRwLockWriteGuard<T>);

impl<T> Deref for HeldMut<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for HeldMut<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// All that one call holds, in the order in which its tool names it.
#[derive(Debug, Default)]
pub struct Holds(Vec<Option<Guard>>);

impl Holds {
    /// The state at this place, to look at.
    pub fn shared<T: ?Sized + 'static>(&mut self, at: usize) -> Option<Held<T>> {
        self.take(at)
    }

    /// The state at this place, to change.
    pub fn exclusive<T: 'static>(&mut self, at: usize) -> Option<HeldMut<T>> {
        self.take(at)
    }

    fn take<G: 'static>(&mut self, at: usize) -> Option<G> {
        let guard = self.0.get_mut(at)?.take()?;
        guard.downcast::<G>().ok().map(|guard| *guard)
    }
}

/// Waits until everything a tool needs is free, in the one order; what is missing stays empty. A call that has so much time
/// does not wait for ever.
async fn hold(states: Option<&States>, needs: &[Need], time: Option<Duration>) -> Result<Holds, Overdue> {
    let entry_of = |need: &Need| states.and_then(|states| states.0.get(&(need.id)()));
    let mut order: Vec<usize> = (0..needs.len()).collect();
    order.sort_by_key(|at| needs.get(*at).map(|need| (need.id)()));
    let mut holds = Holds(Vec::new());
    holds.0.resize_with(needs.len(), || None);
    for (taken, at) in order.iter().enumerate() {
        let (Some(need), Some(slot)) = (needs.get(*at), holds.0.get_mut(*at)) else { continue };
        let Some(entry) = entry_of(need) else { continue };
        let free = (need.hold)(Arc::clone(&entry.value), entry.exclusive);
        *slot = match time {
            None => free.await,
            Some(time) => {
                // Others wait for what this one has by now, and so as long as this one waits.
                let held = || order[..taken].iter().filter_map(|at| entry_of(needs.get(*at)?));
                entry.due.wait(free, time, |until| held().for_each(|entry| entry.due.extend(until))).await?
            }
        };
    }
    if let Some(time) = time {
        let until = after(Instant::now(), time);
        for need in needs {
            match (entry_of(need), need.exclusive) {
                (Some(entry), true) => entry.due.begin(until),
                // Others may look at it too.
                (Some(entry), false) if entry.exclusive => entry.due.extend(until),
                _ => {}
            }
        }
    }
    Ok(holds)
}

impl CallContext {
    /// Waits for what a tool needs, before its time begins to count; the call itself finds it here.
    pub(crate) async fn hold(&self, needs: &[Need], time: Duration) -> Result<(), Overdue> {
        if !needs.is_empty() {
            let holds = hold(self.states.as_deref(), needs, Some(time)).await?;
            *self.holds.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(holds);
        }
        Ok(())
    }
}

/// What a call was given to hold; a call by hand waits for it here.
pub async fn held(cx: &CallContext, needs: &[Need]) -> Holds {
    let ready = cx.holds.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
    match ready {
        Some(holds) => holds,
        // Without a time there is no end to it.
        None => hold(cx.states.as_deref(), needs, None).await.unwrap_or_default(),
    }
}

/// The outcome of a call whose tool lacks a state.
pub fn lacking(cx: &CallContext, tool: &str, needs: &[Need]) -> Outcome {
    let lack = cx.states.as_deref().unwrap_or(&States::default()).lack(needs);
    Outcome::Fatal(format!("tool `{tool}`: {}", lack.as_deref().unwrap_or("a state was taken twice")))
}
