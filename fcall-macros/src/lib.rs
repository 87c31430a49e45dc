//! The macros of fcall.
