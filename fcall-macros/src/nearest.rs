//! What a misspelt option was likely meant to be.

use std::fmt::Write as _;

use quote::ToTokens as _;
use syn::meta::ParseNestedMeta;

/// What to say of an option that does not exist: the nearest one, or all there are.
pub(crate) fn unknown(meta: &ParseNestedMeta<'_>, known: &[&str]) -> String {
    let written = meta.path.to_token_stream().to_string().replace(' ', "");
    let mut text = format!("there is no option `{written}`");
    if let Some(near) = nearest(&written, known) {
        let _ = write!(text, "; did you mean `{near}`?");
    } else {
        let all: Vec<_> = known.iter().map(|option| format!("`{option}`")).collect();
        let _ = write!(text, "; there are {}", all.join(", "));
    }
    text
}

/// The same, where another attribute may have the option.
pub(crate) fn unknown_here(meta: &ParseNestedMeta<'_>, known: &[&str], elsewhere: &[&str], place: &str) -> String {
    match meta.path.get_ident().map(ToString::to_string) {
        Some(written) if elsewhere.contains(&written.as_str()) && nearest(&written, known).is_none() => {
            format!("`{written}` is an option of another attribute; move it into `{place}")
        }
        _ => unknown(meta, known),
    }
}

/// The option that differs least, if it differs little.
pub(crate) fn nearest<'k>(written: &str, known: &[&'k str]) -> Option<&'k str> {
    let written = written.to_lowercase();
    let distances = known.iter().map(|option| (strsim::damerau_levenshtein(&written, option), *option));
    let (distance, option) = distances.min()?;
    (distance <= option.len().div_ceil(3)).then_some(option)
}
