//! The numbers of a question, in digits and in words, and which of them are listed together.

use super::{
    number::{self, Number},
    question::{Figure, Question},
    words::{Break, Look},
};

/// More are not looked at: nobody means so many.
const MAX_FIGURES: usize = 2_000;

impl Question<'_> {
    pub(super) fn find_figures(&mut self) {
        let mut at = 0;
        while at < self.words.len() && self.figures.len() < MAX_FIGURES {
            let Some((number, end, spelled)) = self.figure_at(at) else {
                at += 1;
                continue;
            };
            let list = match self.figures.last() {
                Some(last) if self.listed(last.words.end, at) => last.list,
                _ => self.figures.len(),
            };
            self.figures.push(Figure { words: at..end, number, spelled, list });
            at = end;
        }
    }

    fn figure_at(&self, at: usize) -> Option<(Number, usize, bool)> {
        let word = &self.words[at];
        let (mut number, spelled) = match word.number() {
            Some(number) => (number.clone(), false),
            None if word.look == Look::Plain => {
                let first = word.lower.split('-').try_fold(0i64, |sum, part| Some(sum + number::word(part)?))?;
                (Number { value: first as f64, whole: Some(first), percent: false, unit: String::new() }, true)
            }
            None => return None,
        };
        let mut end = at + 1;
        while let Some(next) = self.words.get(end).filter(|_| self.words[end - 1].after == Break::None) {
            let Some(more) = number::word(&next.lower) else { break };
            let (value, whole) = match number.whole {
                _ if more >= 100 => (number.value * more as f64, number.whole.and_then(|w| w.checked_mul(more))),
                Some(w) if spelled && w >= 20 && w % 10 == 0 && more < 10 => {
                    (number.value + more as f64, w.checked_add(more))
                }
                _ => break,
            };
            (number.value, number.whole) = (value, whole);
            if !number.value.is_finite() {
                return None;
            }
            end += 1;
        }
        if let Some(next) = self.words.get(end).filter(|_| self.words[end - 1].after == Break::None) {
            number.percent |= matches!(next.lower.as_str(), "percent" | "pct");
        }
        Some((number, end, spelled))
    }
}
