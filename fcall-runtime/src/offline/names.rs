//! Where names, dates and phrases begin and end in a question.

use super::{
    lexicon::{is_country, is_moment, is_order, is_period, is_preposition, is_region, is_weekday},
    number,
    question::Question,
    words::{Break, Look, Word},
};

impl Question<'_> {
    /// `March 10, 2024`, `10 March`, `next Friday`, `tomorrow`.
    pub(super) fn date_at(&self, at: usize) -> Option<usize> {
        let word = &self.words[at];
        let is_day = |at: usize| {
            let number = self.words.get(at).and_then(Word::number);
            number.and_then(|n| n.whole).is_some_and(|n| (1..=31).contains(&n))
        };
        let is_year = |at: usize| {
            let number = self.words.get(at).and_then(Word::number);
            number.and_then(|n| n.whole).is_some_and(|n| (1000..3000).contains(&n))
        };
        let is_month = |at: usize| {
            let word = self.words.get(at);
            word.is_some_and(|w| {
                number::month(&w.lower).is_some()
                    && (w.is_capital() || w.lower.len() > 4)
                    && !(w.lower == "may" && w.initial)
            })
        };
        let near = |at: usize| at == 0 || self.words.get(at - 1).is_some_and(|w| w.after <= Break::Comma);
        if is_month(at) {
            let mut end = at + 1;
            end += usize::from(is_day(end) && self.words[at].after == Break::None);
            end += usize::from(is_year(end) && near(end));
            return Some(end);
        }
        if is_day(at) && word.after == Break::None {
            let of = at + 1 + usize::from(self.words.get(at + 1).is_some_and(|w| w.lower == "of"));
            if is_month(of) {
                return Some(of + 1 + usize::from(is_year(of + 1) && near(of + 1)));
            }
        }
        let next = self.words.get(at + 1).map(|w| w.lower.as_str()).unwrap_or_default();
        match word.lower.as_str() {
            "today" | "tomorrow" | "tonight" | "yesterday" | "heute" | "morgen" | "hoy" | "aujourd'hui" => Some(at + 1),
            "next" | "this" | "last" | "coming" | "past" if word.after == Break::None && is_period(next) => {
                Some(at + 2)
            }
            lower if is_weekday(lower) => Some(at + 1),
            _ => None,
        }
    }

    pub(super) fn is_name(&self, at: usize) -> bool {
        let word = &self.words[at];
        if word.look != Look::Plain || !word.is_capital() {
            return false;
        }
        let loud =
            word.text.chars().filter(|c| c.is_alphabetic()).count() >= 2 && !word.text.contains(char::is_lowercase);
        if word.is_stop() && !loud {
            // "The Beatles", "La Paz": an article belongs to a name in the middle of a sentence.
            let article = matches!(
                word.lower.as_str(),
                "the" | "la" | "los" | "el" | "las" | "le" | "les" | "der" | "die" | "das"
            );
            return article
                && !word.initial
                && word.after == Break::None
                && self.words.get(at + 1).is_some_and(|w| w.is_capital() && !w.is_stop());
        }
        if word.initial {
            if is_order(&word.lower) || is_order(word.lower.trim_end_matches('s')) || word.is_stop() {
                return false;
            }
            // "Retrieves the news": what has an article behind it is a verb.
            let next = self.words.get(at + 1).filter(|_| word.after == Break::None);
            return !next.is_some_and(|w| matches!(w.lower.as_str(), "the" | "a" | "an" | "all" | "my" | "for"));
        }
        true
    }

    pub(super) fn name_end(&self, at: usize) -> usize {
        let mut end = at + 1;
        loop {
            let last = &self.words[end - 1];
            let Some(next) = self.words.get(end) else { return end };
            match last.after {
                Break::None => {
                    let small = matches!(
                        next.lower.as_str(),
                        "of" | "de" | "la" | "del" | "van" | "von" | "di" | "da" | "du" | "der" | "the" | "&"
                    );
                    if next.look == Look::Plain && next.is_capital() && (!next.is_stop() || self.is_name(end)) {
                        end += 1;
                    } else if small
                        && next.after == Break::None
                        && self
                            .words
                            .get(end + 1)
                            .is_some_and(|w| w.look == Look::Plain && w.is_capital() && !w.is_stop())
                    {
                        end += 2;
                    } else {
                        return end;
                    }
                }
                // "New York, NY", "Berlin, Germany", but not "Paris, London".
                Break::Comma => {
                    let text = next.text;
                    let region = next.look == Look::Plain && (is_region(text) || is_country(&next.lower));
                    return if region { end + 1 } else { end };
                }
                _ => return end,
            }
        }
    }

    /// Lower-case words behind a preposition, or in a list that has one before it.
    pub(super) fn phrase_end(&self, at: usize) -> Option<usize> {
        let led = !self.lead(at).is_empty() || (at > 0 && self.listed(at - 1, at));
        if !led {
            return None;
        }
        let ends = |at: usize| {
            let word = &self.words[at];
            word.look != Look::Plain
                || word.is_stop()
                || self.date_at(at).is_some()
                || is_preposition(&word.lower)
                || is_moment(&word.lower)
        };
        if ends(at) {
            return None;
        }
        let article = |at: usize| matches!(self.words[at].lower.as_str(), "the" | "a" | "an" | "my" | "our" | "your");
        let mut end = at + 1;
        while end < self.words.len() && end < at + 8 && self.words[end - 1].after == Break::None {
            if !ends(end) {
                end += 1;
            } else if article(end)
                && end + 1 < self.words.len()
                && self.words[end].after == Break::None
                && !ends(end + 1)
            {
                end += 2;
            } else {
                break;
            }
        }
        Some(end)
    }
}
