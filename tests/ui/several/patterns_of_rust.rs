#![allow(unused)]
use fcall::tool;

/// Find texts
#[tool]
fn find(
    #[arg(pattern = r"\x{41}")] a: &str,
    #[arg(pattern = r"\u{1F600}")] b: &str,
    #[arg(pattern = r"\U00000041")] c: &str,
    #[arg(pattern = r"a++")] d: &str,
    #[arg(pattern = r"a**")] e: &str,
    #[arg(pattern = r"a{2}{3}")] f: &str,
    #[arg(pattern = r"\b{start}x")] h: &str,
    #[arg(pattern = r"\a")] i: &str,
    #[arg(pattern = r"^*a")] k: &str,
    #[arg(pattern = r"a{,3}")] l: &str,
    #[arg(pattern = r"[a&&b]")] n: &str,
) {
}

/// Find more texts
#[tool]
fn good(
    #[arg(pattern = r"^\x41\u00e9[\]\[a-z\-]{2,}?(?:b+)*\d{1,3}\b(a|b)+?$")] a: &str,
    #[arg(pattern = r"^[^@\s]+@[^@\s]+\.[a-z]{2}|\{x\}$")] b: &str,
) {
}

fn main() {}
