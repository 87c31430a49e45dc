//! fcall
