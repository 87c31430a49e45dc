//! Where a JSON value ends, found as its text comes in.

/// Whether JSON is nested deeper than `limit`; what is skipped or kept as it came is not seen by who parses the rest.
pub(super) fn is_deeper(json: &str, limit: usize) -> bool {
    // Nearly all JSON has fewer brackets than levels are allowed, and counting them is done in wide steps.
    let opens = |byte: &u8| byte | 0x20 == b'{';
    let counted =
        json.as_bytes().chunks(255).map(|step| usize::from(step.iter().map(|b| u8::from(opens(b))).sum::<u8>()));
    if counted.sum::<usize>() <= limit {
        return false;
    }
    let mut followed = JsonEnd::default();
    let mut pieces = json.split_inclusive(['{', '[']);
    pieces.any(|piece| {
        followed.push(piece);
        followed.depth as usize > limit
    })
}

/// Follows the text of one JSON value, cut anywhere, and knows when it is complete.
///
/// It counts brackets and minds texts, no more: what is balanced may still be invalid.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct JsonEnd {
    depth: u32,
    text: bool,
    escaped: bool,
    begun: bool,
    scalar: bool,
    /// Bytes seen.
    pub(super) bytes: usize,
}

impl JsonEnd {
    pub(super) fn push(&mut self, piece: &str) {
        // A copy of its own stays in registers.
        let mut at = *self;
        at.bytes += piece.len();
        for byte in piece.bytes() {
            if at.text {
                match byte {
                    _ if at.escaped => at.escaped = false,
                    b'\\' => at.escaped = true,
                    b'"' => at.text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => {
                    at.text = true;
                    at.begun = true;
                }
                b'{' | b'[' => {
                    at.depth = at.depth.saturating_add(1);
                    at.begun = true;
                }
                b'}' | b']' => at.depth = at.depth.saturating_sub(1),
                b' ' | b'\t' | b'\n' | b'\r' => {}
                _ => {
                    at.scalar |= at.depth == 0;
                    at.begun = true;
                }
            }
        }
        *self = at;
    }

    /// Takes note of a piece that nobody will ask about but for its length.
    pub(super) fn skip(&mut self, piece: &str) {
        self.bytes += piece.len();
    }

    /// A value has begun and ended; a bare number or word is never known to have ended.
    pub(super) fn is_complete(&self) -> bool {
        self.begun && self.depth == 0 && !self.text && !self.scalar
    }

    /// Nothing but blanks has come.
    pub(super) fn is_blank(&self) -> bool {
        !self.begun && self.depth == 0
    }
}
