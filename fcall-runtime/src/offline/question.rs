//! What a question says: its words, and the names, quotations, dates and numbers in it.

use std::{collections::HashMap, ops::Range};

use super::{
    lexicon::is_preposition,
    number::Number,
    words::{self, Break, Look, Word},
};

/// More names and the like are not looked at: nobody means so many.
const MAX_SPANS: usize = 200;

/// A question, read.
pub(super) struct Question<'q> {
    pub text: &'q str,
    pub words: Vec<Word<'q>>,
    pub spans: Vec<Span>,
    pub figures: Vec<Figure>,
    /// Where each stem stands.
    pub index: HashMap<String, Vec<usize>>,
    /// The first word with a colon behind it; past the last word where there is none.
    pub first_colon: usize,
}

/// Words that stand for one thing.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub words: Range<usize>,
    pub kind: Kind,
    pub text: String,
    /// The preposition before it: `in`, `from`; empty where there is none.
    pub lead: String,
    /// Spans of one number are listed together: `Paris, London and Rome`.
    pub group: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Quoted,
    Date,
    Time,
    Url,
    Email,
    Code,
    /// Words in lower case behind a preposition.
    Phrase,
}

/// A number and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub words: Range<usize>,
    pub number: Number,
    /// Written as a word, which may mean no number at all ("this one").
    pub spelled: bool,
    /// Numbers of one list have one number here.
    pub list: usize,
}

impl<'q> Question<'q> {
    pub(super) fn new(text: &'q str) -> Self {
        let words = words::split(text);
        let mut index: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, word) in words.iter().enumerate().filter(|(_, word)| !word.stem.is_empty()) {
            index.entry(word.stem.clone()).or_default().push(at);
        }
        let first_colon = words.iter().position(|word| word.after == Break::Colon).unwrap_or(words.len());
        let mut question = Self { text, first_colon, words, spans: Vec::new(), figures: Vec::new(), index };
        question.find_spans();
        question.find_figures();
        question
    }

    /// The text from the first to the last of these words, as it was written.
    pub(super) fn slice(&self, range: &Range<usize>) -> &'q str {
        match (self.words.get(range.start), range.end.checked_sub(1).and_then(|last| self.words.get(last))) {
            (Some(first), Some(last)) => self.text.get(first.start..last.end).unwrap_or_default(),
            _ => "",
        }
    }

    fn find_spans(&mut self) {
        let capitals = self.words.iter().filter(|w| w.is_capital()).count();
        let shouted = self.words.len() > 3 && capitals * 10 > self.words.len() * 8;
        let mut spans: Vec<Span> = Vec::new();
        let mut at = 0;
        while at < self.words.len() && spans.len() < MAX_SPANS {
            let Some((kind, end)) = self.span_at(at, shouted) else {
                at += 1;
                continue;
            };
            let mut lead = self.lead(at);
            let mut group = spans.len();
            if let Some(last) = spans.last()
                && self.listed(last.words.end, at)
                && similar(last.kind, kind)
            {
                if last.lead == "between" {
                    lead = "to".to_owned();
                } else if lead.is_empty() || lead == last.lead {
                    group = last.group;
                    lead.clone_from(&last.lead);
                }
            }
            let words = at..end;
            let text = self.slice(&words).to_owned();
            if !text.trim().is_empty() {
                spans.push(Span { words, kind, text, lead, group });
            }
            at = end;
        }
        for span in &mut spans {
            if span.lead == "between" {
                span.lead = "from".to_owned();
            }
        }
        self.spans = spans;
    }

    /// What begins at the word, and the word behind it.
    fn span_at(&self, at: usize, shouted: bool) -> Option<(Kind, usize)> {
        let word = &self.words[at];
        let one = |kind| Some((kind, at + 1));
        match &word.look {
            Look::Quoted => return one(Kind::Quoted),
            Look::Url => return one(Kind::Url),
            Look::Email => return one(Kind::Email),
            Look::Date => return one(Kind::Date),
            Look::Time => {
                let zone = self
                    .words
                    .get(at + 1)
                    .filter(|w| matches!(w.lower.as_str(), "am" | "pm") && word.after == Break::None);
                return Some((Kind::Time, at + 1 + usize::from(zone.is_some())));
            }
            Look::Code => return one(Kind::Code),
            Look::Json => return None,
            Look::Number(_) | Look::Plain => {}
        }
        if let Some(end) = self.date_at(at) {
            return Some((Kind::Date, end));
        }
        if word.look != Look::Plain {
            return None;
        }
        if !shouted && self.is_name(at) {
            return Some((Kind::Name, self.name_end(at)));
        }
        self.phrase_end(at).map(|end| (Kind::Phrase, end))
    }

    /// The preposition before the word, past articles.
    pub(super) fn lead(&self, at: usize) -> String {
        let mut before = at;
        while before > 0 && at - before < 3 {
            before -= 1;
            let word = &self.words[before];
            if word.after != Break::None {
                break;
            }
            if is_preposition(&word.lower) {
                return word.lower.clone();
            }
            if matches!(word.text, "\u{e0}" | "\u{c0}") {
                return "at".to_owned();
            }
            if !matches!(
                word.lower.as_str(),
                "the" | "a" | "an" | "my" | "our" | "your" | "this" | "some" | "city" | "town"
            ) {
                break;
            }
        }
        String::new()
    }

    /// Only what joins the items of a list stands between these words: a comma, `and`, an article.
    pub(super) fn listed(&self, end: usize, start: usize) -> bool {
        if end == 0 || start < end || start > end + 4 {
            return false;
        }
        let mut joined = self.words[end - 1].after == Break::Comma;
        if self.words[end - 1].after > Break::Comma {
            return false;
        }
        for word in &self.words[end..start] {
            match word.lower.as_str() {
                "and" | "or" | "und" | "et" | "y" | "&" | "plus" => joined = true,
                "the" | "a" | "an" | "in" | "for" | "to" | "also" => {}
                _ => return false,
            }
            if word.after != Break::None {
                return false;
            }
        }
        joined
    }
}

fn similar(a: Kind, b: Kind) -> bool {
    a == b || matches!((a, b), (Kind::Name, Kind::Phrase | Kind::Code) | (Kind::Phrase | Kind::Code, Kind::Name))
}
