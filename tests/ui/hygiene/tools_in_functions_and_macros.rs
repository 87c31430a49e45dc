use fcall::{tool, tools};

macro_rules! getter {
    ($name:ident, $type:ty, $doc:literal) => {
        #[doc = $doc]
        #[tool]
        fn $name(value: $type, borrowed: &$type) -> bool {
            value == *borrowed
        }
    };
}

getter!(get_number, u32, "Gets a number");
getter!(get_text, String, "Gets a text");

mod travel {
    use fcall::tool;

    /// Books
    #[tool]
    #[cfg(all())]
    pub(crate) fn book(city: &str) -> usize {
        city.len()
    }

    /// Is not there
    #[tool]
    #[cfg(any())]
    pub fn book(city: &str) -> Missing {}
}

fn main() {
    /// Inside
    #[tool]
    fn inside(n: u8) -> u8 {
        n
    }
    let tools = tools![inside, get_number, get_text, travel::book];
    assert_eq!(tools.len(), 4);
}
