//! What the fuzz targets share: the first byte of an input says what the rest is, and how it is cut.

use fcall::protocol::Protocol;

#[path = "../../tests/conversations/invariants.rs"]
mod invariants;

/// What an input may be; its first byte counts through these.
pub const KINDS: [&str; 3] = ["reply", "stream", "request"];

/// Checks one input against all that holds of any.
pub fn check(protocol: Protocol, input: &[u8]) {
    let Some((first, rest)) = input.split_first() else { return };
    let (kind, cut) = (usize::from(*first) % KINDS.len(), usize::from(*first) / KINDS.len());
    match KINDS[kind] {
        "request" => invariants::check_request(protocol, rest),
        "stream" => invariants::check_reply(protocol, rest, 1 + cut),
        // Cut in two, anywhere.
        _ => invariants::check_reply(protocol, rest, 1 + rest.len() * cut / 86),
    }
}
