//! The members of an object, found without a look into their values: these are read right after, each by itself.

use memchr::memchr2;

use crate::schema::Field;

/// Hands on the text of each member, where the object is written as models mostly write it: every key once, of a
/// parameter that is there, without escapes. `None` where it is not, or is no object.
///
/// Values are only told apart here. Whether they are JSON turns out when they are read; then the object is JSON too.
pub(super) fn members<'a>(text: &'a str, fields: &[Field], mut keep: impl FnMut(usize, &'a str)) -> Option<()> {
    let bytes = text.as_bytes();
    let (mut at, mut next, mut seen) = (blanks(bytes, 1), 0, 0_u64);
    if bytes.first() != Some(&b'{') {
        return None;
    }
    if bytes.get(at) == Some(&b'}') {
        return (at + 1 == bytes.len()).then_some(());
    }
    loop {
        // Models mostly keep the order.
        let (place, end) = match fields.get(next).and_then(|field| named(bytes, at, field)) {
            Some(end) => (next, end),
            None => {
                let end = key(bytes, at)?;
                let name = text.get(at + 1..end)?;
                (fields.iter().position(|field| field.answers_to(name))?, end)
            }
        };
        let bit = 1_u64.checked_shl(u32::try_from(place).ok()?)?;
        if seen & bit != 0 {
            return None;
        }
        (seen, next) = (seen | bit, place + 1);
        at = blanks(bytes, end + 1);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at = blanks(bytes, at + 1);
        let end = value(bytes, at)?;
        keep(place, text.get(at..end)?);
        at = blanks(bytes, end);
        match bytes.get(at)? {
            b',' => at = blanks(bytes, at + 1),
            b'}' => return (at + 1 == bytes.len()).then_some(()),
            _ => return None,
        }
    }
}

/// Where the key that begins here has its last quote, if it is this parameter's: in their names nothing is escaped.
fn named(bytes: &[u8], at: usize, field: &Field) -> Option<usize> {
    let end = at + 1 + field.name.len();
    let key = bytes.get(at..end + 1)?;
    (key[0] == b'"' && key[key.len() - 1] == b'"' && &key[1..key.len() - 1] == field.name.as_bytes() && !field.flat)
        .then_some(end)
}

#[inline(always)]
fn blanks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\t' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// Where the key that begins here has its last quote.
fn key(bytes: &[u8], at: usize) -> Option<usize> {
    let inner = bytes.get(at..)?.strip_prefix(b"\"")?;
    let end = memchr2(b'"', b'\\', inner)?;
    (inner[end] == b'"').then_some(at + 1 + end)
}

/// Where the value that begins here ends, if it is one.
fn value(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => text(bytes, at),
        b'{' | b'[' => nested(bytes, at),
        _ => {
            let rest = bytes.get(at..)?;
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b' ' | b'\n' | b'\t' | b'\r');
            Some(at + rest.iter().position(ends)?)
        }
    }
}

/// The place behind the text that begins here.
fn text(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    loop {
        end += memchr2(b'"', b'\\', bytes.get(end..)?)?;
        match bytes[end] {
            b'"' => return Some(end + 1),
            _ => end += 2,
        }
    }
}

/// The place behind the object or list that begins here.
fn nested(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = text(bytes, at)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return Some(at + 1),
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}
