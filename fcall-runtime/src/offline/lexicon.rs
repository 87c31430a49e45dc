//! Lists of words: English for the most part, with a little of the neighbours'.
//!
//! The lists are written as texts with blanks between the words.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::{number, stem};

type Words = LazyLock<HashSet<&'static str>>;

macro_rules! words {
    ($list:literal) => {
        LazyLock::new(|| $list.split_ascii_whitespace().collect())
    };
}

/// A word that stands in every question and says nothing of what is meant.
pub(super) fn is_stop(lower: &str) -> bool {
    STOP.contains(lower)
}

/// A word that leads to a place, a time, a person, a purpose.
pub(super) fn is_preposition(lower: &str) -> bool {
    LEADS.contains(lower)
}

/// A word that begins an order or a question, capital or not.
pub(super) fn is_order(lower: &str) -> bool {
    ORDERS.contains(lower)
}

/// A country, or a state that stands behind the name of a city.
pub(super) fn is_country(lower: &str) -> bool {
    COUNTRIES.contains(lower)
}

/// `NY`, `UK`, `D.C.`.
pub(super) fn is_region(text: &str) -> bool {
    let letters = text.chars().filter(|c| *c != '.');
    text.chars().all(|c| c.is_ascii_uppercase() || c == '.') && (2..=3).contains(&letters.count())
}

pub(super) fn is_weekday(lower: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    DAYS.contains(&lower)
}

pub(super) fn is_period(lower: &str) -> bool {
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
pub(super) fn is_moment(lower: &str) -> bool {
    matches!(
        lower,
        "today" | "tomorrow" | "tonight" | "now" | "currently" | "right" | "later" | "soon" | "again" | "next" | "last"
    )
}

static STOP: Words = words!(
    "\
    a about after all also am an and any are as at be been before being but by can could das den der des did die do \
    does doing don't each ein eine el else es est for from give given had has have having he her here him his how i \
    i'd i'm if im in into is ist it its just kindly la le les let like look los many may me might mir much must my \
    near need no not now of off on or our out over per please quel quelle shall she should so some such tell than \
    thank thanks that the their them then there these they this those to too un und une up us use using very via \
    want was we were what whats when where which while who whose why wie will with without would you your zu que \
    como de get e.g i.e etc optional required default defaults specified specific provided based value"
);

static LEADS: Words = words!(
    "\
    in at for to from by on of about near with called named titled into until till through via as between toward \
    towards around nach von fur bei a en para pour desde hasta against saying regarding using within outside inside"
);

static ORDERS: Words = words!(
    "\
    add ask book buy calculate call change check compare compute convert create delete determine dim estimate \
    explain fetch find forecast generate get give hello help hi identify list locate look lower make open order pay \
    play plan predict provide put raise read remind remove rent reserve retrieve schedule search sell send set show \
    solve start stop suggest switch tell transfer translate turn update weather write wire invest close lock unlock \
    cancel temperature current yes no ok okay"
);

static COUNTRIES: Words = words!(
    "\
    argentina australia austria belgium brazil california canada chile china colombia denmark egypt england finland \
    florida france germany greece hungary iceland illinois india indonesia ireland israel italy japan kenya \
    massachusetts mexico morocco netherlands nigeria norway ontario oregon pakistan peru poland portugal romania \
    russia scotland spain sweden switzerland texas thailand turkey ukraine vietnam virginia wales washington"
);

/// The stems of the words that may stand for the one with this stem.
pub(super) fn family(stem: &str) -> &'static [String] {
    RELATIVES.get(stem).map(Vec::as_slice).unwrap_or_default()
}

static RELATIVES: LazyLock<HashMap<String, Vec<String>>> = LazyLock::new(|| {
    let mut relatives: HashMap<String, Vec<String>> = HashMap::new();
    for family in FAMILIES {
        let mut stems: Vec<String> = family.split_ascii_whitespace().map(stem::stem).collect();
        stems.sort_unstable();
        stems.dedup();
        for own in &stems {
            let others = stems.iter().filter(|other| *other != own).cloned();
            relatives.entry(own.clone()).or_default().extend(others);
        }
    }
    relatives
});

/// One family a line.
const FAMILIES: &[&str] = &[
    "weather temperature forecast hot cold warm cool rain raining rainy snow sunny sun windy humid umbrella \
     degrees climate wetter clima tiempo meteo temps meteorological cloudy freezing chilly",
    "price cost worth quote expensive cheap",
    "stock share ticker equity",
    "buy purchase order",
    "book reserve reservation booking",
    "flight fly plane airline",
    "hotel room accommodation stay lodging",
    "car vehicle auto",
    "light lamp bulb lights",
    "thermostat heating heater temperature degrees warmer cooler",
    "email mail e-mail message",
    "convert exchange conversion",
    "distance far",
    "route directions navigate drive",
    "song music track playlist",
    "movie film cinema",
    "restaurant eat food dinner lunch",
    "meeting appointment event calendar",
    "remind reminder alarm",
    "calculate compute calculator",
    "find search look locate",
    "set change adjust update",
    "turn switch toggle",
    "remove delete erase",
    "create make add new",
    "send transfer pay wire",
    "show list display",
    "movies films",
    "currency dollar euro usd eur yen pound",
    "time clock hour",
    "lock unlock door",
    "add plus sum",
    "subtract minus",
    "multiply times product",
];
