//! `semver`: versions and what is asked of them, all as texts.

use semver::{Comparator, Version, VersionReq};

use crate::schema::{Kind, Matcher, Rules, Schema, Shape};

impl Schema for Version {
    const SHAPE: &'static Shape = &Shape::refined(
        &Shape::new(Kind::TEXT),
        &Rules::NONE.pattern(VERSION, matches).examples(&["\"1.2.3\"", "\"1.2.3-beta.1\""]),
    );
}

impl Schema for VersionReq {
    const SHAPE: &'static Shape =
        &Shape::refined(&Shape::new(Kind::TEXT), &Rules::NONE.examples(&["\"^1.2\"", "\">=1.2, <1.5\""]));
}

impl Schema for Comparator {
    const SHAPE: &'static Shape = &Shape::refined(&Shape::new(Kind::TEXT), &Rules::NONE.examples(&["\">=1.2.3\""]));
}

/// Three numbers, what comes before the release, and what was built; the rest is left to the crate.
const VERSION: &str = r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$";

fn matches(text: &str) -> bool {
    static MATCHER: Matcher = Matcher::new(VERSION);
    MATCHER.matches(text)
}
