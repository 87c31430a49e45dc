use fcall::{Schema, Toolbox, serde::Deserialize, tool, tools};

mod places {
    use super::*;

    /// A place
    #[derive(Deserialize, Schema)]
    pub struct Place {
        /// Beside it
        pub near: Vec<self::Place>,
        /// Around it
        pub within: Option<Box<crate::places::Place>>,
        /// Beyond it
        pub beyond: Option<Box<super::Place>>,
    }
}

/// Another one
#[derive(Deserialize, Schema)]
pub struct Place {
    /// Its name
    pub name: String,
    /// Inside it
    pub inside: Vec<self::Place>,
}

/// Finds a place
#[tool]
fn find(place: places::Place) -> usize {
    place.near.len()
}

fn main() {
    let tools = Toolbox::new(tools![find]).expect("one tool");
    let schema = tools.get("find").expect("there").spec().schema.to_string();
    assert!(schema.contains("\"inside\"") && schema.contains("\"beyond\""), "{schema}");
}
