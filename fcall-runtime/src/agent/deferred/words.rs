//! Texts as words that can be compared.

/// Words that say nothing of what is looked for.
const EMPTY: [&str; 40] = [
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "given", "how", "i", "in",
    "is", "it", "its", "me", "my", "of", "on", "or", "please", "some", "that", "the", "this", "to", "tool", "tools",
    "use", "want", "was", "what", "which", "with", "you",
];

/// The words of a text in lower case and without endings; `snake_case`, `camelCase` and digits are taken apart.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    for c in text.chars() {
        let apart = (before.is_lowercase() && c.is_uppercase()) || (before.is_numeric() != c.is_numeric());
        if !c.is_alphanumeric() || apart {
            end(&mut word, &mut words);
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    end(&mut word, &mut words);
    words
}

/// The same, without the words that say nothing; all of them, where there are no others.
pub(super) fn telling(text: &str) -> Vec<String> {
    let all = words(text);
    let telling: Vec<String> = all.iter().filter(|word| !EMPTY.contains(&word.as_str())).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

fn end(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(stem(word).to_owned());
        word.clear();
    }
}

/// The word without the ending that makes it several, or something that goes on or is over; never less than three letters.
fn stem(word: &str) -> &str {
    if !word.is_ascii() || word.len() < 4 {
        return word;
    }
    let endings = ["ings", "ing", "ies", "ed", "es", "s", "e", "y"];
    let stem = endings.iter().find_map(|ending| word.strip_suffix(ending).filter(|stem| stem.len() >= 3));
    match stem {
        Some(_) if word.ends_with("ss") => word,
        Some(stem) => stem,
        None => word,
    }
}
