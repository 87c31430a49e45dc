//! The text of a schema, keyword by keyword.

use std::fmt::{Display, Write as _};

use serde_json::Value;

use super::{
    super::{Count, Pattern, Variant},
    Renderer,
};

impl Renderer {
    pub(super) fn comma(&mut self) {
        if !self.out.ends_with(['{', '[']) {
            self.out.push(',');
        }
    }

    pub(super) fn member(&mut self, key: &str) {
        self.comma();
        quote(&mut self.out, key);
        self.out.push(':');
    }

    pub(super) fn word(&mut self, key: &str, text: &str) {
        self.member(key);
        quote(&mut self.out, text);
    }

    pub(super) fn number(&mut self, key: &str, value: impl Display) {
        self.member(key);
        let _ = write!(self.out, "{value}");
    }

    pub(super) fn kind(&mut self, name: &str, nullable: bool) {
        if nullable {
            self.member("type");
            self.out.push('[');
            quote(&mut self.out, name);
            self.out.push_str(",\"null\"]");
        } else {
            self.word("type", name);
        }
    }

    pub(super) fn count(&mut self, count: Option<Count>, least: &str, greatest: &str) {
        let Some(count) = count else { return };
        if count.min > 0 {
            self.number(least, count.min);
        }
        if let Some(max) = count.max {
            self.number(greatest, max);
        }
    }

    pub(super) fn patterns(&mut self, patterns: &[Pattern]) {
        match patterns {
            [] => {}
            [only] => self.word("pattern", only.text),
            several => {
                self.member("allOf");
                self.out.push('[');
                for pattern in several {
                    self.comma();
                    self.out.push('{');
                    self.word("pattern", pattern.text);
                    self.out.push('}');
                }
                self.out.push(']');
            }
        }
    }

    pub(super) fn variants(&mut self, variants: &[Variant], nullable: bool) {
        self.kind("string", nullable);
        self.member("enum");
        self.out.push('[');
        for variant in variants {
            self.comma();
            quote(&mut self.out, variant.name);
        }
        self.out.push_str(if nullable { ",null]" } else { "]" });
    }
}

pub(super) fn quote(out: &mut String, text: &str) {
    let _ = write!(out, "{}", Value::from(text));
}
