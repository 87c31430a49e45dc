//! What a question says: its words, and the names, quotations, dates and numbers in it.

use std::{collections::HashMap, ops::Range};

use super::{
    number::{self, Number},
    words::{self, Break, Look, Word},
};

/// More of either are not looked at: nobody means so many.
const MAX_SPANS: usize = 200;
const MAX_FIGURES: usize = 2_000;

/// A question, read.
pub(super) struct Question<'q> {
    pub text: &'q str,
    pub words: Vec<Word<'q>>,
    pub spans: Vec<Span>,
    pub figures: Vec<Figure>,
    /// Where each stem stands.
    pub index: HashMap<String, Vec<usize>>,
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
        let mut question = Self { text, words, spans: Vec::new(), figures: Vec::new(), index };
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

    /// `March 10, 2024`, `10 March`, `next Friday`, `tomorrow`.
    fn date_at(&self, at: usize) -> Option<usize> {
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

    fn is_name(&self, at: usize) -> bool {
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

    fn name_end(&self, at: usize) -> usize {
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
    fn phrase_end(&self, at: usize) -> Option<usize> {
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

    fn find_figures(&mut self) {
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

fn similar(a: Kind, b: Kind) -> bool {
    a == b || matches!((a, b), (Kind::Name, Kind::Phrase | Kind::Code) | (Kind::Phrase | Kind::Code, Kind::Name))
}

fn is_weekday(lower: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    DAYS.contains(&lower)
}

fn is_period(lower: &str) -> bool {
    is_weekday(lower)
        || number::month(lower).is_some()
        || matches!(
            lower,
            "week"
                | "weekend"
                | "month"
                | "year"
                | "morning"
                | "afternoon"
                | "evening"
                | "night"
                | "quarter"
                | "summer"
                | "winter"
        )
}

/// Says when, and ends a phrase.
fn is_moment(lower: &str) -> bool {
    matches!(
        lower,
        "today" | "tomorrow" | "tonight" | "now" | "currently" | "right" | "later" | "soon" | "again" | "next" | "last"
    )
}

fn is_preposition(lower: &str) -> bool {
    const LEADS: &[&str] = &[
        "in",
        "at",
        "for",
        "to",
        "from",
        "by",
        "on",
        "of",
        "about",
        "near",
        "with",
        "called",
        "named",
        "titled",
        "into",
        "until",
        "till",
        "through",
        "via",
        "as",
        "between",
        "toward",
        "towards",
        "around",
        "nach",
        "von",
        "fur",
        "bei",
        "a",
        "en",
        "para",
        "pour",
        "desde",
        "hasta",
        "against",
        "saying",
        "regarding",
        "using",
        "within",
        "outside",
        "inside",
    ];
    LEADS.contains(&lower)
}

/// A word that begins an order or a question, capital or not.
fn is_order(lower: &str) -> bool {
    const ORDERS: &[&str] = &[
        "add",
        "ask",
        "book",
        "buy",
        "calculate",
        "call",
        "change",
        "check",
        "compare",
        "compute",
        "convert",
        "create",
        "delete",
        "determine",
        "dim",
        "estimate",
        "explain",
        "fetch",
        "find",
        "forecast",
        "generate",
        "get",
        "give",
        "hello",
        "help",
        "hi",
        "identify",
        "list",
        "locate",
        "look",
        "lower",
        "make",
        "open",
        "order",
        "pay",
        "play",
        "plan",
        "predict",
        "provide",
        "put",
        "raise",
        "read",
        "remind",
        "remove",
        "rent",
        "reserve",
        "retrieve",
        "schedule",
        "search",
        "sell",
        "send",
        "set",
        "show",
        "solve",
        "start",
        "stop",
        "suggest",
        "switch",
        "tell",
        "transfer",
        "translate",
        "turn",
        "update",
        "weather",
        "write",
        "wire",
        "invest",
        "close",
        "lock",
        "unlock",
        "cancel",
        "temperature",
        "current",
        "yes",
        "no",
        "ok",
        "okay",
    ];
    ORDERS.contains(&lower)
}

/// `NY`, `UK`, `D.C.`.
fn is_region(text: &str) -> bool {
    let letters = text.chars().filter(|c| *c != '.');
    text.chars().all(|c| c.is_ascii_uppercase() || c == '.') && (2..=3).contains(&letters.count())
}

fn is_country(lower: &str) -> bool {
    const COUNTRIES: &[&str] = &[
        "argentina",
        "australia",
        "austria",
        "belgium",
        "brazil",
        "california",
        "canada",
        "chile",
        "china",
        "colombia",
        "denmark",
        "egypt",
        "england",
        "finland",
        "florida",
        "france",
        "germany",
        "greece",
        "hungary",
        "iceland",
        "illinois",
        "india",
        "indonesia",
        "ireland",
        "israel",
        "italy",
        "japan",
        "kenya",
        "massachusetts",
        "mexico",
        "morocco",
        "netherlands",
        "nigeria",
        "norway",
        "ontario",
        "oregon",
        "pakistan",
        "peru",
        "poland",
        "portugal",
        "romania",
        "russia",
        "scotland",
        "spain",
        "sweden",
        "switzerland",
        "texas",
        "thailand",
        "turkey",
        "ukraine",
        "vietnam",
        "virginia",
        "wales",
        "washington",
    ];
    COUNTRIES.contains(&lower)
}
