//! A text that is put together while the program is compiled.

const ROOM: usize = 512;

/// A text in a fixed buffer; what does not fit is left out.
#[derive(Clone, Copy)]
pub(crate) struct Message {
    bytes: [u8; ROOM],
    len: usize,
}

impl Message {
    pub(crate) const EMPTY: Self = Self { bytes: [0; ROOM], len: 0 };

    /// Begins with where the mistake is.
    pub(crate) const fn at(tool: &str, parameter: &str) -> Self {
        Self::EMPTY.and("tool `").and(tool).and("`, parameter `").and(parameter).and("`: ")
    }

    /// With this text after it: all of it, or none.
    pub(crate) const fn and(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if text.len() > ROOM - self.len {
            return self;
        }
        let mut at = 0;
        while at < text.len() {
            self.bytes[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    /// With this number after it.
    pub(crate) const fn and_integer(self, value: i128) -> Self {
        let message = if value < 0 { self.and("-") } else { self };
        let mut digits = [0u8; 40];
        let mut at = digits.len();
        let mut rest = value.unsigned_abs();
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        match str::from_utf8(digits.split_at(at).1) {
            Ok(digits) => message.and(digits),
            Err(_) => message,
        }
    }

    /// With this number after it, to nine places behind the point; with `other` where these don't show it.
    pub(crate) const fn and_float(self, value: f64, other: &str) -> Self {
        const PLACES: f64 = 1_000_000_000.0;
        let size = value.abs();
        let (whole, mut rest) = (size as i128, ((size - (size as i128) as f64) * PLACES + 0.5) as i128);
        if !value.is_finite() || rest == 0 || rest >= PLACES as i128 || size >= PLACES {
            return self.and(other);
        }
        let mut zeros = 0;
        let mut first = PLACES as i128 / 10;
        while rest < first {
            (zeros, first) = (zeros + 1, first / 10);
        }
        while rest % 10 == 0 {
            rest /= 10;
        }
        let message = if value < 0.0 { self.and("-") } else { self };
        let message = message.and_integer(whole).and(".");
        let (zeros, _) = "000000000".split_at(zeros);
        message.and(zeros).and_integer(rest)
    }

    /// The text so far.
    pub(crate) const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "illegal schema",
        }
    }
}
