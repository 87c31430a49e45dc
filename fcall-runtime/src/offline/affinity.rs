//! How much a stretch of the question looks like a certain parameter: by preposition, by the words around it, by kind.

use std::ops::Range;

use super::{
    leaves::Leaf,
    number::Number,
    question::{Kind, Question, Span},
    words::Break,
};

/// So many words to each side are looked at.
const WINDOW: usize = 6;

const PLACE: &[&str] = &[
    "city",
    "location",
    "place",
    "country",
    "address",
    "state",
    "region",
    "town",
    "destination",
    "origin",
    "area",
    "where",
    "station",
    "airport",
    "venue",
    "neighborhood",
    "site",
    "timezone",
    "zone",
];
const DATE: &[&str] =
    &["date", "day", "when", "month", "year", "week", "birthday", "deadline", "checkin", "checkout", "period", "until"];
const TIME: &[&str] = &["time", "hour", "when", "at", "clock"];
const URL: &[&str] = &["url", "uri", "link", "website", "endpoint", "webpage", "page", "href"];
const EMAIL: &[&str] = &["email", "mail", "recipient", "to", "from", "cc", "sender", "contact", "address"];
const ID: &[&str] = &[
    "id",
    "number",
    "code",
    "zip",
    "symbol",
    "ticker",
    "phone",
    "isbn",
    "sku",
    "key",
    "reference",
    "identifier",
    "account",
    "version",
    "model",
    "no",
];
const PERSON: &[&str] = &[
    "name",
    "author",
    "artist",
    "director",
    "player",
    "actor",
    "user",
    "person",
    "owner",
    "contact",
    "recipient",
    "cast",
    "guest",
    "passenger",
    "composer",
    "attendee",
    "participant",
    "member",
    "invitee",
    "friend",
    "team",
    "by",
];
const QUERY: &[&str] = &[
    "query",
    "text",
    "topic",
    "message",
    "content",
    "search",
    "keyword",
    "title",
    "subject",
    "body",
    "prompt",
    "question",
    "note",
    "task",
    "description",
    "item",
    "product",
    "phrase",
    "sentence",
    "term",
    "input",
    "keywords",
    "reminder",
    "what",
    "expression",
    "function",
    "equation",
    "formula",
    "song",
    "dish",
    "ingredient",
    "name",
    "label",
];
const FORMULA: &[&str] = &["function", "expression", "equation", "formula", "query", "id", "code"];
const FROM: &[&str] = &[
    "origin",
    "from",
    "start",
    "source",
    "departure",
    "depart",
    "pickup",
    "src",
    "initial",
    "begin",
    "first",
    "base",
    "lower",
];
const TO: &[&str] = &[
    "destination",
    "to",
    "end",
    "target",
    "arrival",
    "dropoff",
    "dest",
    "final",
    "until",
    "stop",
    "last",
    "upper",
    "recipient",
];

/// Takes a text that nothing else in the question was meant for.
pub(super) fn is_query(leaf: &Leaf<'_>) -> bool {
    leaf.named(QUERY)
}

/// Takes any words, a name among others.
pub(super) fn is_open(leaf: &Leaf<'_>) -> bool {
    const OPEN: &[&str] = &[
        "query",
        "text",
        "search",
        "topic",
        "message",
        "task",
        "prompt",
        "question",
        "content",
        "keyword",
        "body",
        "note",
        "reminder",
        "description",
        "sentence",
        "phrase",
    ];
    leaf.named(OPEN)
}

/// How well the preposition suits the parameter; below zero where it belongs to its opposite.
pub(super) fn lead(leaf: &Leaf<'_>, lead: &str) -> f64 {
    let (from, to) = (leaf.named(FROM), leaf.named(TO));
    match lead {
        "from" | "von" | "desde" => side(from, to),
        "to" | "into" | "until" | "till" | "nach" | "hasta" | "towards" | "toward" => side(to, from),
        "in" | "at" | "near" | "around" | "bei" | "en" | "inside" | "within" if leaf.hinted(PLACE) => 3.0,
        "for" | "fur" | "pour" | "para" if leaf.named(PLACE) || leaf.named(PERSON) || leaf.named(QUERY) => 2.0,
        "on" if leaf.named(DATE) => 3.0,
        "by" | "with" if leaf.hinted(PERSON) => 3.0,
        "called" | "named" | "titled" if leaf.named(&["name", "title", "label"]) => 4.0,
        "about" | "of" | "regarding" | "saying" if leaf.named(QUERY) => 3.0,
        _ => 0.0,
    }
}

fn side(this: bool, other: bool) -> f64 {
    match (this, other) {
        (true, false) => 5.0,
        (false, true) => -6.0,
        _ => 0.0,
    }
}

/// How near the words of the parameter's name and description stand.
pub(super) fn near(question: &Question<'_>, leaf: &Leaf<'_>, range: &Range<usize>) -> f64 {
    let mut best: f64 = 0.0;
    let mut also: f64 = 0.0;
    let mut distance = 0.0;
    let mut see = |at: usize, distance: f64| {
        let word = &question.words[at];
        if leaf.stems.contains(&word.stem) {
            best = best.max(3.0 / distance);
        } else if leaf.hints.contains(&word.stem) && !word.is_stop() {
            also = also.max(1.0 / distance);
        }
    };
    for at in (range.start.saturating_sub(WINDOW)..range.start).rev() {
        distance += 1.0 + gap(question.words[at].after);
        see(at, distance);
    }
    distance = 0.0;
    for at in range.end..(range.end + WINDOW).min(question.words.len()) {
        distance += 1.0 + gap(question.words[at - 1].after);
        // What stands behind a value describes it less than what stands before, unless it stands right there.
        see(at, if distance > 1.0 { distance + 0.5 } else { 0.9 });
    }
    best + also * 0.5
}

fn gap(after: Break) -> f64 {
    match after {
        Break::None => 0.0,
        Break::Comma => 2.0,
        Break::Colon => 1.0,
        Break::End => 4.0,
    }
}

/// How well a span suits a parameter that takes a text. At 2 and more it may be meant.
pub(super) fn span(question: &Question<'_>, leaf: &Leaf<'_>, span: &Span) -> f64 {
    let format = leaf.node.format.as_str();
    let is_date = leaf.named(DATE) || matches!(format, "date" | "date-time");
    let is_time = leaf.named(TIME) || matches!(format, "time" | "date-time");
    let is_url = leaf.named(URL) || matches!(format, "uri" | "url");
    let is_email = format == "email" || leaf.named(EMAIL);
    let word = |yes: bool, well: f64, badly: f64| if yes { well } else { badly };
    let kind = match span.kind {
        Kind::Url => word(is_url, 9.0, -9.0),
        Kind::Email => word(is_email, 7.0 + f64::from(u8::from(leaf.named(&["email"]))), -9.0),
        Kind::Date => word(is_date, 7.0, word(is_time, 5.0, -9.0)),
        Kind::Time => word(is_time, 7.0, word(is_date && format != "date", 2.0, -9.0)),
        Kind::Code => word(leaf.named(FORMULA) || leaf.named(ID), 6.0, word(is_date || is_time || is_url, -4.0, 2.5)),
        Kind::Quoted => word(leaf.named(QUERY), 7.0, word(is_date || is_time, -4.0, 4.0)),
        Kind::Name => {
            let symbol = !span.text.contains(|c: char| c.is_lowercase() || c == ' ')
                && leaf.hinted(&["symbol", "ticker", "code", "currency"]);
            let kind = word(leaf.hinted(PLACE) || leaf.hinted(PERSON), 4.0, 3.0) + word(symbol, 3.0, 0.0);
            word(is_date || is_time || is_url, -4.0, kind)
        }
        Kind::Phrase => {
            let kind = word(leaf.named(QUERY), 3.0, word(leaf.hinted(PLACE), 2.5, 2.0));
            word(is_date || is_time || is_url || leaf.named(ID), -4.0, kind)
        }
    };
    let email = if leaf.named(&["email"]) && span.kind != Kind::Email { -6.0 } else { 0.0 };
    kind + email + lead(leaf, &span.lead) + near(question, leaf, &span.words).min(4.0) * 1.2
}

/// How well a number suits a parameter by its unit and its size.
pub(super) fn figure(leaf: &Leaf<'_>, number: &Number) -> f64 {
    const MONEY: &[&str] = &[
        "price",
        "amount",
        "cost",
        "budget",
        "usd",
        "dollar",
        "money",
        "salary",
        "payment",
        "loan",
        "principal",
        "investment",
        "value",
        "income",
        "fee",
        "total",
        "sum",
    ];
    const SHARE: &[&str] = &[
        "rate",
        "percent",
        "percentage",
        "interest",
        "discount",
        "tip",
        "growth",
        "yield",
        "level",
        "brightness",
        "volume",
        "humidity",
        "share",
        "return",
    ];
    let unit: &[&str] = match number.unit.as_str() {
        "$" | "\u{20ac}" | "\u{a3}" | "\u{a5}" | "usd" | "eur" | "gbp" => MONEY,
        "km" | "mi" | "m" | "ft" | "cm" | "mm" => {
            &["distance", "length", "height", "width", "radius", "depth", "meter", "kilometer", "mile", "altitude"]
        }
        "kg" | "g" | "lb" | "lbs" | "mg" | "oz" => &["weight", "mass", "kilogram", "gram", "pound"],
        "\u{b0}" | "\u{b0}c" | "\u{b0}f" | "c" | "f" => &["temperature", "degree", "heat"],
        "s" | "sec" | "ms" | "h" | "hr" | "hrs" | "min" | "mins" => &["time", "duration", "second", "minute", "hour"],
        "km/h" | "kmh" | "mph" | "m/s" => &["speed", "velocity"],
        "hz" | "khz" | "mhz" => &["frequency"],
        _ => &[],
    };
    let mut score = if leaf.hinted(unit) { 2.0 } else { 0.0 };
    if number.percent && leaf.hinted(SHARE) {
        score += 2.5;
    }
    if leaf.name.iter().any(|word| word == "year") {
        score += if number.whole.is_some_and(|year| (1000..3000).contains(&year)) { 2.0 } else { -1.0 };
    }
    score
}
