//! Regular expressions as JSON Schema, this library and the providers all read them alike.

use regex_lite::Regex;
use syn::LitStr;

use crate::errors::Errors;

/// Refuses what is no regular expression, or means different things to different readers.
pub(crate) fn check(pattern: &LitStr, errors: &mut Errors) {
    let text = pattern.value();
    if let Some((found, instead)) = odd(&text) {
        errors.at(pattern, format!("not every provider reads `{found}` in a pattern; {instead}"));
    } else if let Err(error) = Regex::new(&text) {
        errors.at(pattern, format!("this is no regular expression: {error}; write one, and for a character that means something a `\\` before it"));
    }
}

/// Whether it matches somewhere in the text; nothing where it is no regular expression.
pub(crate) fn matches(pattern: &LitStr, text: &str) -> Option<bool> {
    Regex::new(&pattern.value()).ok().map(|regex| regex.is_match(text))
}

/// What JSON Schema's regular expressions (those of ECMA 262) have in another form or not at all, and what to write.
fn odd(pattern: &str) -> Option<(String, &'static str)> {
    let mut scan = Scan { rest: pattern, may_repeat: false };
    while let Some(next) = scan.rest.chars().next() {
        let step = match next {
            '\\' => scan.escape(),
            '[' => scan.class(),
            '(' => scan.group(),
            '*' | '+' | '?' | '{' => scan.repetition(),
            '}' => Err(("}".to_owned(), "write `\\}` for the character")),
            ']' => Err(("]".to_owned(), "write `\\]` for the character")),
            _ => {
                scan.take(next.len_utf8());
                scan.may_repeat = !matches!(next, '^' | '$' | '|');
                Ok(())
            }
        };
        if let Err(odd) = step {
            return Some(odd);
        }
    }
    None
}

type Step = Result<(), (String, &'static str)>;

/// What of a pattern was not looked at yet.
struct Scan<'p> {
    rest: &'p str,
    /// Something stands before that can be repeated.
    may_repeat: bool,
}

impl<'p> Scan<'p> {
    fn take(&mut self, len: usize) -> &'p str {
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// `\` and what it makes of the next character.
    fn escape(&mut self) -> Step {
        const BACK: &str = "back-references are not supported; write the text out, or check it in the function";
        const CODE: &str = "write the character itself, or its code in four digits: `\\u00e9`";
        let mut after = self.rest.chars().skip(1);
        let Some(letter) = after.next() else {
            // the parser says it
            self.rest = "";
            return Ok(());
        };
        let braced = after.next() == Some('{');
        let odd = |instead| Err((format!("\\{letter}{}", if braced { "{" } else { "" }), instead));
        match letter {
            '1'..='9' => return Err(("\\1".to_owned(), BACK)),
            'A' => return Err(("\\A".to_owned(), "write `^`")),
            'z' | 'Z' => return Err((format!("\\{letter}"), "write `$`")),
            'p' => return Err(("\\p".to_owned(), "write the characters out: `[a-zA-Z]`")),
            'P' => return Err(("\\P".to_owned(), "write the characters out: `[^a-zA-Z]`")),
            'x' | 'u' if braced => return odd(CODE),
            'U' => return odd(CODE),
            'a' => return odd("write `\\x07`"),
            '<' | '>' => return odd("write `\\b` for the edge of a word, and the character without `\\`"),
            'b' | 'B' if braced => return odd("write `\\b` for the edge of a word"),
            _ => {}
        }
        self.take(1 + letter.len_utf8());
        self.may_repeat = !matches!(letter, 'b' | 'B');
        Ok(())
    }

    /// `[..]`
    fn class(&mut self) -> Step {
        if self.rest.starts_with("[[:") {
            return Err(("[[:".to_owned(), "write the characters out: `[a-zA-Z]`"));
        }
        let open = if self.rest.starts_with("[^") { "[^" } else { "[" };
        self.take(open.len());
        if self.rest.starts_with(']') {
            return Err((format!("{open}]"), "write `\\]` for the character"));
        }
        loop {
            match self.rest.chars().next() {
                // that it does not end the parser says
                None => break,
                Some(']') => {
                    self.take(1);
                    break;
                }
                Some('\\') => self.escape()?,
                Some('[') => return Err(("[".to_owned(), "write `\\[` for the character inside of `[..]`")),
                Some(_) if self.rest.starts_with("&&") || self.rest.starts_with("~~") => {
                    let twice = self.take(2);
                    return Err((twice.to_owned(), "one of them is enough inside of `[..]`; name a character once"));
                }
                Some(other) => {
                    self.take(other.len_utf8());
                }
            }
        }
        self.may_repeat = true;
        Ok(())
    }

    /// `(`
    fn group(&mut self) -> Step {
        const AROUND: &str = "look-around is not supported; write what is there, and check the rest in the function";
        for around in ["(?=", "(?!", "(?<=", "(?<!"] {
            if self.rest.starts_with(around) {
                return Err((around.to_owned(), AROUND));
            }
        }
        let open = if self.rest.starts_with("(?:") { "(?:" } else { "(" };
        if open == "(" && self.rest.starts_with("(?") {
            let groups = "write groups as `(..)` or `(?:..)`, and without flags, e.g. `[Rr]ome`";
            return Err(("(?".to_owned(), groups));
        }
        self.take(open.len());
        self.may_repeat = false;
        Ok(())
    }

    /// `*`, `+`, `?`, `{2}`, `{2,}`, `{2,3}`, each with or without a `?` behind it
    fn repetition(&mut self) -> Step {
        let len = match self.rest.strip_prefix('{') {
            None => 1,
            Some(inside) => match inside.find('}') {
                Some(end) if is_count(inside.get(..end).unwrap_or("")) => end + 2,
                _ => {
                    return Err((
                        "{".to_owned(),
                        "write a repetition as `{2}`, `{2,}` or `{0,2}`, and the character as `\\{`",
                    ));
                }
            },
        };
        let written = self.take(len);
        if !self.may_repeat {
            return Err((
                written.to_owned(),
                "nothing stands before it that can be repeated; put that into a group: `(?:a+)+`",
            ));
        }
        if self.rest.starts_with('?') {
            self.take(1);
        }
        self.may_repeat = false;
        Ok(())
    }
}

/// `2`, `2,` or `2,3`
fn is_count(text: &str) -> bool {
    let (least, most) = text.split_once(',').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !least.is_empty() && digits(least) && digits(most)
}
