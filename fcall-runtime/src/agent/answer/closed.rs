//! The beginning of a JSON text, closed into a whole value.
//!
//! A text that is cut inside is shown as far as it came. A number, a word (`true`) and a key that may go on are not
//! shown yet, since what they are is not known before their end.

/// The text up to the last place where it can be closed, with what closes it; none where nothing can be shown yet.
///
/// Takes time in proportion to the text. What is no JSON comes out as something that is none either.
pub(super) fn closed(text: &str) -> Option<String> {
    let mut walk = Walk::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at = match byte {
            b'"' => match walk.text(bytes, at) {
                Some(end) => end,
                None => break,
            },
            _ => walk.byte(*byte, at),
        };
    }
    let shown = text.get(..walk.good).filter(|shown| !shown.is_empty())?;
    let mut whole = String::with_capacity(shown.len() + walk.open.len() + 1);
    whole.push_str(shown);
    if walk.in_text {
        whole.push('"');
    }
    whole.extend(walk.open.iter().rev().map(|closer| char::from(*closer)));
    Some(whole)
}

#[derive(Default)]
struct Walk {
    /// What closes the lists and objects that are open.
    open: Vec<u8>,
    /// Up to here it can be closed.
    good: usize,
    /// The next text is a key.
    key: bool,
    /// A number or a word began and has not ended.
    in_word: bool,
    /// It ends inside a text.
    in_text: bool,
}

impl Walk {
    fn byte(&mut self, byte: u8, at: usize) -> usize {
        match byte {
            b'{' | b'[' => {
                self.open.push(if byte == b'{' { b'}' } else { b']' });
                self.key = byte == b'{';
                self.good = at + 1;
            }
            b'}' | b']' => {
                self.open.pop();
                self.in_word = false;
                self.good = at + 1;
            }
            b',' | b' ' | b'\n' | b'\r' | b'\t' => {
                if std::mem::take(&mut self.in_word) {
                    self.good = at;
                }
                if byte == b',' {
                    self.key = self.open.last() == Some(&b'}');
                }
            }
            b':' => self.key = false,
            _ => self.in_word = true,
        }
        at + 1
    }

    /// The place behind the text that begins here; none where it is cut, and then as much of it is good as can be shown.
    fn text(&mut self, bytes: &[u8], begin: usize) -> Option<usize> {
        let mut at = begin + 1;
        // Up to here there is no half of a character.
        let mut whole = at;
        loop {
            // A high surrogate makes a character with the one behind it only.
            let waits = match bytes.get(at) {
                Some(b'"') => {
                    if !self.key {
                        self.good = at + 1;
                    }
                    return Some(at + 1);
                }
                Some(b'\\') => {
                    let Some((end, high)) = escape(bytes, at) else { break };
                    at = end;
                    high
                }
                Some(_) => {
                    at += 1;
                    false
                }
                None => break,
            };
            if !waits {
                whole = at;
            }
        }
        if !self.key {
            (self.good, self.in_text) = (whole, true);
        }
        None
    }
}

/// Where the escape that begins here ends, and whether it is the first half of a pair; none where it is cut.
fn escape(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    if bytes.get(at + 1)? != &b'u' {
        return Some((at + 2, false));
    }
    let digits = bytes.get(at + 2..at + 6)?;
    let code = str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
    Some((at + 6, matches!(code, Some(0xd800..=0xdbff))))
}
