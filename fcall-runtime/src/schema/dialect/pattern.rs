//! What regular expressions use that not every service reads.

/// The parts of regular expressions that some service refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `(?=`, `(?!`, `(?<=`, `(?<!`
    LookAround,
    /// `\1`, `\k<name>`
    BackReference,
    /// `\b`, `\B`
    Boundary,
}

/// Whether a pattern uses one of these.
pub(super) fn uses(pattern: &str, refused: &[Part]) -> bool {
    let mut in_class = false;
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        let mut skip = 0;
        let found = match first {
            '\\' => {
                let escaped = after.chars().next();
                skip = escaped.map_or(0, char::len_utf8);
                match escaped {
                    Some('1'..='9' | 'k') if !in_class => Some(Part::BackReference),
                    Some('b' | 'B') => Some(Part::Boundary),
                    _ => None,
                }
            }
            '(' if !in_class && ["?=", "?!", "?<=", "?<!"].iter().any(|sign| after.starts_with(sign)) => {
                Some(Part::LookAround)
            }
            '[' => {
                in_class = true;
                None
            }
            ']' => {
                in_class = false;
                None
            }
            _ => None,
        };
        if found.is_some_and(|part| refused.contains(&part)) {
            return true;
        }
        rest = after.get(skip..).unwrap_or_default();
    }
    false
}
