//! Conversations and replies of every kind: what is written is what is read, in each protocol and between any two.

mod found;
mod invariants;
mod recorded;
