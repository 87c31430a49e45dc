//! Conversations and replies of every kind: what is written is what is read, in each protocol and between any two.
//!
//! `FCALL_CASES` says how many cases are made up for each question (150 without it), `FCALL_SEED` the number of the first.

mod bounds;
mod dice;
mod found;
mod fragments;
mod invariants;
mod made;
mod meaning;
mod plain;
mod recorded;
mod replies;
mod requests;
