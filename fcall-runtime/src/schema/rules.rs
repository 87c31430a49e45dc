//! `Rules`: what `#[arg(...)]` asks of a value beyond its type, as a constant.

use std::{fmt, sync::OnceLock};

use regex_lite::Regex;

/// What one place asks of its value beyond the type.
///
/// A place that holds a type with rules of its own asks for both: [`next`](Self::next) leads to the others.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Rules {
    /// The bounds of a number.
    pub range: Option<Range>,
    /// How many characters a text has.
    pub length: Option<Count>,
    /// How many items a list has.
    pub items: Option<Count>,
    /// What a text must match somewhere in it.
    pub pattern: Option<Pattern>,
    /// Values as JSON texts, for the model to see.
    pub examples: &'static [&'static str],
    /// The value is never shown in errors.
    pub secret: bool,
    /// What the type inside asks.
    pub next: Option<&'static Rules>,
}

/// The bounds of a number.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Range {
    /// The lower one.
    pub min: Option<Bound>,
    /// The upper one.
    pub max: Option<Bound>,
}

/// A bound of a number, in both forms that a number can have.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Bound {
    /// As a whole number; cut off where it is none.
    pub whole: i128,
    /// As a floating point number.
    pub float: f64,
    /// The bound itself is in the range.
    pub included: bool,
}

/// How many there may be, both included.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Count {
    /// At least.
    pub min: usize,
    /// At most.
    pub max: Option<usize>,
}

/// A regular expression, and how a text is matched against it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Pattern {
    /// As it was written.
    pub text: &'static str,
    pub(super) matches: fn(&str) -> bool,
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// A regular expression that is compiled when it is first needed.
///
/// `regex-lite` serves: matching is linear, its `\d`, `\w` and `\b` are ASCII as JSON Schema's are, and it costs a
/// program a tenth of what `regex` does. The macros refuse what it can't read.
#[derive(Debug)]
pub struct Matcher {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Matcher {
    /// For this text.
    pub const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// Whether it matches somewhere in the text; one that can't be compiled refuses nothing.
    pub fn matches(&self, text: &str) -> bool {
        self.compiled.get_or_init(|| Regex::new(self.text).ok()).as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

impl Rules {
    /// Nothing is asked.
    pub const NONE: Self =
        Self { range: None, length: None, items: None, pattern: None, examples: &[], secret: false, next: None };

    /// A number within these bounds.
    #[must_use]
    pub const fn range(mut self, min: Option<Bound>, max: Option<Bound>) -> Self {
        self.range = Some(Range { min, max });
        self
    }

    /// A number between these bounds, both included: each as a whole number and as a floating point one.
    #[must_use]
    pub const fn within(self, min: i128, min_float: f64, max: i128, max_float: f64) -> Self {
        self.range(Some(Bound::included(min, min_float)), Some(Bound::included(max, max_float)))
    }

    /// A text of so many characters.
    #[must_use]
    pub const fn length(mut self, count: Count) -> Self {
        self.length = Some(count);
        self
    }

    /// A list of so many items.
    #[must_use]
    pub const fn items(mut self, count: Count) -> Self {
        self.items = Some(count);
        self
    }

    /// A text that matches.
    #[must_use]
    pub const fn pattern(mut self, text: &'static str, matches: fn(&str) -> bool) -> Self {
        self.pattern = Some(Pattern { text, matches });
        self
    }

    /// With examples, as JSON texts.
    #[must_use]
    pub const fn examples(mut self, json: &'static [&'static str]) -> Self {
        self.examples = json;
        self
    }

    /// The value is never shown.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// And what the type inside asks.
    #[must_use]
    pub const fn and(mut self, inner: Option<&'static Self>) -> Self {
        self.next = inner;
        self
    }
}

impl Bound {
    /// A bound that is in the range itself.
    pub const fn included(whole: i128, float: f64) -> Self {
        Self { whole, float, included: true }
    }

    /// A bound that is just outside.
    pub const fn excluded(whole: i128, float: f64) -> Self {
        Self { whole, float, included: false }
    }

    /// It is a whole number.
    pub(super) const fn is_whole(&self) -> bool {
        self.whole as f64 == self.float
    }

    /// The least whole number that a lower bound lets in.
    pub(super) const fn least(&self) -> i128 {
        if !self.is_whole() {
            // cut off towards zero: that is below the bound for what is positive
            if self.float > 0.0 { self.whole.saturating_add(1) } else { self.whole }
        } else if self.included {
            self.whole
        } else {
            self.whole.saturating_add(1)
        }
    }

    /// The greatest whole number that an upper bound lets in.
    pub(super) const fn greatest(&self) -> i128 {
        if !self.is_whole() {
            if self.float < 0.0 { self.whole.saturating_sub(1) } else { self.whole }
        } else if self.included {
            self.whole
        } else {
            self.whole.saturating_sub(1)
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_whole() { self.whole.fmt(f) } else { self.float.fmt(f) }
    }
}

impl Count {
    /// From `min` on, to `max` where there is one, both included.
    pub const fn new(min: usize, max: Option<usize>) -> Self {
        Self { min, max }
    }

    /// From `min` on, below `end`.
    pub const fn until(min: usize, end: usize) -> Self {
        match end.checked_sub(1) {
            Some(max) => Self { min, max: Some(max) },
            // there is nothing below it
            None => Self { min: 1, max: Some(0) },
        }
    }

    /// Whether so many are allowed.
    pub(super) fn takes(&self, count: usize) -> bool {
        self.min <= count && self.max.is_none_or(|max| count <= max)
    }

    /// "1 to 5 items"
    pub(super) fn of(&self, one: &str, many: &str) -> String {
        match (self.min, self.max) {
            (0, None) => format!("any number of {many}"),
            (1, None) => format!("at least 1 {one}"),
            (min, None) => format!("at least {min} {many}"),
            (1, Some(1)) => format!("1 {one}"),
            (min, Some(max)) if min == max => format!("{min} {many}"),
            (0, Some(1)) => format!("at most 1 {one}"),
            (0, Some(max)) => format!("at most {max} {many}"),
            (min, Some(max)) => format!("{min} to {max} {many}"),
        }
    }

    /// Where both are asked.
    pub(super) const fn tightest(self, other: Self) -> Self {
        let max = match (self.max, other.max) {
            (Some(a), Some(b)) => Some(if a < b { a } else { b }),
            (a, None) => a,
            (None, b) => b,
        };
        Self { min: if self.min > other.min { self.min } else { other.min }, max }
    }
}

/// All that is asked of one value, from the place that holds it inwards.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) min: Option<Bound>,
    pub(super) max: Option<Bound>,
    pub(super) length: Option<Count>,
    pub(super) items: Option<Count>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) examples: &'static [&'static str],
    pub(super) secret: bool,
}

impl Asked {
    /// What these rules ask, and those they lead to.
    pub(super) fn of(rules: Option<&'static Rules>) -> Self {
        Self::default().and(rules)
    }

    /// With these rules too.
    pub(super) fn and(mut self, mut rules: Option<&'static Rules>) -> Self {
        while let Some(asked) = rules {
            if let Some(range) = asked.range {
                self.min = tighter(self.min, range.min, |new, old| new > old);
                self.max = tighter(self.max, range.max, |new, old| new < old);
            }
            self.length = both(self.length, asked.length);
            self.items = both(self.items, asked.items);
            self.patterns.extend(asked.pattern);
            // the place knows better than the type
            if self.examples.is_empty() {
                self.examples = asked.examples;
            }
            self.secret |= asked.secret;
            rules = asked.next;
        }
        self
    }

    /// Whether nothing is asked that a schema shows.
    pub(super) fn is_nothing(&self) -> bool {
        let Self { min, max, length, items, patterns, examples, secret: _ } = self;
        min.is_none()
            && max.is_none()
            && length.is_none()
            && items.is_none()
            && patterns.is_empty()
            && examples.is_empty()
    }

    /// A whole number's bounds: the type's, made narrower.
    pub(super) fn whole(&self, min: i128, max: i128) -> (i128, i128) {
        (self.min.map_or(min, |bound| bound.least().max(min)), self.max.map_or(max, |bound| bound.greatest().min(max)))
    }
}

fn tighter(old: Option<Bound>, new: Option<Bound>, beats: fn(f64, f64) -> bool) -> Option<Bound> {
    match (old, new) {
        (Some(a), Some(b)) if beats(b.float, a.float) || b.float == a.float && !b.included => Some(b),
        (Some(a), _) => Some(a),
        (None, b) => b,
    }
}

fn both(a: Option<Count>, b: Option<Count>) -> Option<Count> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.tightest(b)),
        (a, None) => a,
        (None, b) => b,
    }
}
