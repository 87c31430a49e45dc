use std::fmt::Display;

use fcall::{Toolbox, serde::Serialize, toolset};

struct Shelf<T>(T);

#[toolset]
impl<T: Display + Send + Sync + 'static> Shelf<T> {
    /// What stands on it
    #[tool(read_only)]
    async fn look(&self, day: &str) -> String {
        format!("{} on {day}", self.0)
    }

    /// Counts
    #[tool(blocking)]
    fn count(&self, #[arg(range = 1..)] least: u8) -> u8 {
        least
    }
}

struct Row<const N: usize, T>([T; N]);

#[toolset]
impl<const N: usize, T> Row<N, T>
where
    T: Serialize + Clone,
{
    /// The first
    #[tool]
    fn first(&self) -> Option<T> {
        self.0.first().cloned()
    }
}

fn main() {
    let shelf = Toolbox::new(Shelf("books")).expect("two names");
    assert_eq!(shelf.iter().map(|tool| tool.name().to_owned()).collect::<Vec<_>>(), ["count", "look"]);
    assert_eq!(Toolbox::new(Row([1, 2])).expect("one tool").iter().count(), 1);
}
