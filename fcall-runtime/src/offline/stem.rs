//! What is one word for the planner: without case, accents and English endings.

/// In lower case, without the accents of Latin letters.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '\u{e0}'..='\u{e5}' => folded.push('a'),
            '\u{e7}' => folded.push('c'),
            '\u{e8}'..='\u{eb}' => folded.push('e'),
            '\u{ec}'..='\u{ef}' => folded.push('i'),
            '\u{f1}' => folded.push('n'),
            '\u{f2}'..='\u{f6}' | '\u{f8}' => folded.push('o'),
            '\u{f9}'..='\u{fc}' => folded.push('u'),
            '\u{df}' => folded.push_str("ss"),
            '\u{2019}' => folded.push('\''),
            '\u{300}'..='\u{36f}' => {}
            c => folded.push(c),
        }
    }
    folded
}

/// What is left of an English word without its endings; two forms of a word have one stem.
pub(super) fn stem(lower: &str) -> String {
    let mut word = lower;
    if !word.is_ascii() || word.len() < 4 {
        return word.to_owned();
    }
    if let Some(base) = word.strip_suffix("ies").filter(|base| base.len() > 2) {
        return format!("{base}i");
    }
    if word.ends_with("sses") || ["xes", "ches", "shes", "zes"].iter().any(|end| word.ends_with(end)) {
        word = &word[..word.len() - 2];
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        word = &word[..word.len() - 1];
    }
    let mut cut = word;
    for end in ["ation", "ing", "ion", "ed", "ly"] {
        if let Some(base) = word.strip_suffix(end).filter(|base| base.len() > 3 || (end == "ing" && base.len() > 2)) {
            cut = if end == "ation" { &word[..base.len() + 2] } else { base };
            break;
        }
    }
    let bytes = cut.as_bytes();
    if cut.len() < word.len()
        && let [.., a, b] = bytes
        && a == b
        && !b"lsz".contains(b)
    {
        cut = &cut[..cut.len() - 1];
    }
    if let Some(base) = cut.strip_suffix('e').filter(|base| base.len() > 2) {
        return base.to_owned();
    }
    match cut.strip_suffix('y') {
        Some(base) if base.len() > 2 => format!("{base}i"),
        _ => cut.to_owned(),
    }
}

/// The words of a wire name in lower case: `getCharge`, `get_charge` and `get-charge` are `get` and `charge`.
pub(super) fn name_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut last = '_';
    for c in name.chars() {
        let new = !last.is_alphanumeric()
            || (c.is_uppercase() && last.is_lowercase())
            || (c.is_ascii_digit() && !last.is_ascii_digit());
        if c.is_alphanumeric() {
            if new || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.push_str(&fold(c.encode_utf8(&mut [0; 4])));
            }
        }
        last = c;
    }
    words
}
