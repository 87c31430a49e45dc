use fcall::{Toolbox, toolset};

struct Shelf<T>(T);

#[toolset]
impl Shelf<u8> {
    const LAST: u8 = 9;

    /// What stands there
    #[tool]
    fn look(
        &self,
        #[arg(range = 1..=Self::LAST)] at: u8,
        #[arg(default = Self::LAST)] to: u8,
        #[arg(default = Self(1).0)] from: u8,
    ) -> u8 {
        at + to + from + self.0
    }
}

struct Row<T>(T);

#[toolset]
impl<T: Send + Sync + 'static> Row<T> {
    const LAST: u8 = 9;

    /// What stands there
    #[tool]
    fn look_along(&self, #[arg(default = Self::LAST)] to: u8) -> u8 {
        to
    }
}

fn main() {
    let tools = Toolbox::new(Shelf(1)).expect("one tool");
    let shown = tools.get("look").expect("there").spec().schema.to_string();
    assert!(shown.contains("\"maximum\":9"), "{shown}");
    assert_eq!(Toolbox::new(Row("books")).expect("one tool").len(), 1);
}
