//! What a misspelt option was likely meant to be.

use std::fmt::Write as _;

use syn::meta::ParseNestedMeta;

/// What to say of an option that does not exist: the nearest one, or all there are.
pub(crate) fn unknown(meta: &ParseNestedMeta<'_>, known: &[&str]) -> String {
    let written = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    let mut text = format!("there is no option `{written}`");
    if let Some(near) = nearest(&written, known) {
        let _ = write!(text, "; did you mean `{near}`?");
    } else {
        let all: Vec<_> = known.iter().map(|option| format!("`{option}`")).collect();
        let _ = write!(text, "; there are {}", all.join(", "));
    }
    text
}

/// The option that differs least, if it differs little.
pub(crate) fn nearest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let distances = known.iter().map(|option| (distance(written, option), *option));
    let (distance, option) = distances.min()?;
    (distance <= option.len().div_ceil(3)).then_some(option)
}

/// How many characters have to be added, dropped or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let here = if x == *y { diagonal } else { 1 + diagonal.min(*cell).min(left) };
            diagonal = std::mem::replace(cell, here);
            left = here;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
