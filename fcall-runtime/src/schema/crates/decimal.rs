//! `rust_decimal`: read from a text, which keeps every digit, or from a number.

use rust_decimal::Decimal;

use crate::schema::{Kind, Matcher, Rules, Schema, Shape};

impl Schema for Decimal {
    const SHAPE: &'static Shape = &Shape::new(Kind::AnyOf(&[TEXT, f64::SHAPE]));
}

const TEXT: &Shape =
    &Shape::refined(&Shape::new(Kind::TEXT), &Rules::NONE.pattern(DECIMAL, matches).examples(&["\"12.50\""]));

const DECIMAL: &str = r"^[+-]?\.?[0-9][0-9_]*\.?[0-9_]*([eE][+-]?[0-9]+)?$";

fn matches(text: &str) -> bool {
    static MATCHER: Matcher = Matcher::new(DECIMAL);
    MATCHER.matches(text)
}
