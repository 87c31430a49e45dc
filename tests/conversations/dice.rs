//! Chance that can be repeated: a number begins it, and the same number always gives the same conversations.

use std::env;

/// A source of chance (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(0x9e37_79b9_7f4a_7c15))
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `end`; 0 where there is none.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.roll() % (end.max(1) as u64)) as usize
    }

    /// True in one of `of` cases.
    pub(crate) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    /// A text that is hard on whoever frames, escapes or cuts it; empty at times.
    pub(crate) fn text(&mut self) -> String {
        const PIECES: [&str; 26] = [
            "a",
            "weather ",
            "Oslo",
            "\u{e9}",
            "\u{65e5}\u{672c}",
            "\u{1f600}",
            "\u{10ffff}",
            "e\u{301}",
            "\u{200d}",
            "\"",
            "\\",
            "/",
            "\n",
            "\r\n",
            "\r",
            "\t",
            "\u{0}",
            "\u{7f}",
            "\u{2028}",
            "\u{feff}",
            "{\"a\":[",
            "}]",
            "data: x",
            "\n\ndata: {}\n\n",
            "[DONE]",
            ": alive",
        ];
        let many = self.below(8);
        (0..many).map(|_| *self.pick(&PIECES)).collect()
    }

    /// A text with something to see in it.
    pub(crate) fn words(&mut self) -> String {
        format!("{}word{}", self.text(), self.text().trim_end())
    }

    /// A JSON object as a model writes it.
    pub(crate) fn arguments(&mut self) -> String {
        let many = self.below(4);
        let members = (0..many).map(|at| {
            let value = match self.below(6) {
                0 => serde_json::json!(self.text()),
                1 => serde_json::json!(self.below(1000)),
                2 => serde_json::json!([self.text(), null, 1.5]),
                3 => serde_json::json!({"deep": {"er": [self.text()]}}),
                4 => serde_json::json!(true),
                _ => serde_json::json!(-0.25),
            };
            (format!("key{at}{}", if self.one_in(4) { "\u{e9}\"" } else { "" }), value)
        });
        let object: serde_json::Map<_, _> = members.collect();
        match self.one_in(3) {
            true => format!("{:#}", serde_json::Value::Object(object)),
            false => serde_json::Value::Object(object).to_string(),
        }
    }

    /// A text cut in pieces, between characters.
    pub(crate) fn cut(&mut self, text: &str) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for c in text.chars() {
            if self.one_in(4) {
                pieces.push(String::new());
            }
            if let Some(last) = pieces.last_mut() {
                last.push(c);
            }
        }
        pieces
    }

    /// Bytes cut in pieces, anywhere.
    pub(crate) fn chop<'b>(&mut self, mut bytes: &'b [u8]) -> Vec<&'b [u8]> {
        let longest = *self.pick(&[1, 2, 5, 40, 4000]);
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at((1 + self.below(longest)).min(bytes.len()));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }
}

/// Asks a question of as many made-up cases as `FCALL_CASES` says, beginning with the number in `FCALL_SEED`.
///
/// A case that fails names its number: with that as `FCALL_SEED` and one case it comes again.
pub(crate) fn each_case(ask: impl Fn(&mut Dice)) {
    let number = |name: &str| env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let (first, cases) = (number("FCALL_SEED").unwrap_or(1), number("FCALL_CASES").unwrap_or(150));
    for seed in first..first.saturating_add(cases) {
        let told = Told(seed);
        ask(&mut Dice::new(seed));
        std::mem::forget(told);
    }
}

/// Tells the number of the case that a panic ends.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        eprintln!("the case comes again with FCALL_SEED={} FCALL_CASES=1", self.0);
    }
}
