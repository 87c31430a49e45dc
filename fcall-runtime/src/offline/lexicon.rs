//! Lists of words: English for the most part, with a little of the neighbours'.
//!
//! The lists are texts with blanks between the words; what is asked once for each word of a question may be sought in
//! them from the front.

use super::number;

fn has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|listed| listed == word)
}

/// A word that stands in every question and says nothing of what is meant.
pub(super) fn is_stop(lower: &str) -> bool {
    has(STOP, lower)
}

/// A word that leads to a place, a time, a person, a purpose.
pub(super) fn is_preposition(lower: &str) -> bool {
    has(LEADS, lower)
}

/// A word that begins an order or a question, capital or not.
pub(super) fn is_order(lower: &str) -> bool {
    has(ORDERS, lower)
}

/// A country, or a state that stands behind the name of a city.
pub(super) fn is_country(lower: &str) -> bool {
    has(COUNTRIES, lower)
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

const STOP: &str = "\
    a about after all also am an and any are as at be been before being but by can could das den der des did die do \
    does doing don't each ein eine el else es est for from give given had has have having he her here him his how i \
    i'd i'm if im in into is ist it its just kindly la le les let like look los many may me might mir much must my \
    near need no not now of off on or our out over per please quel quelle shall she should so some such tell than \
    thank thanks that the their them then there these they this those to too un und une up us use using very via \
    want was we were what whats when where which while who whose why wie will with without would you your zu que \
    como de get e.g i.e etc optional required default defaults specified specific provided based value";

const LEADS: &str = "\
    in at for to from by on of about near with called named titled into until till through via as between toward \
    towards around nach von fur bei a en para pour desde hasta against saying regarding using within outside inside";

const ORDERS: &str = "\
    add ask book buy calculate call change check compare compute convert create delete determine dim estimate \
    explain fetch find forecast generate get give hello help hi identify list locate look lower make open order pay \
    play plan predict provide put raise read remind remove rent reserve retrieve schedule search sell send set show \
    solve start stop suggest switch tell transfer translate turn update weather write wire invest close lock unlock \
    cancel temperature current yes no ok okay";

const COUNTRIES: &str = "\
    argentina australia austria belgium brazil california canada chile china colombia denmark egypt england finland \
    florida france germany greece hungary iceland illinois india indonesia ireland israel italy japan kenya \
    massachusetts mexico morocco netherlands nigeria norway ontario oregon pakistan peru poland portugal romania \
    russia scotland spain sweden switzerland texas thailand turkey ukraine vietnam virginia wales washington";
