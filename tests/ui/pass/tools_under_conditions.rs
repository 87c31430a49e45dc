use fcall::{Toolbox, toolset};

struct Desk;

#[toolset]
impl Desk {
    #![allow(clippy::unused_self)]

    /// Books a flight
    #[tool]
    #[cfg(any())]
    fn book(&self, _to: u8) {}

    /// Books a journey
    #[tool]
    #[cfg(all())]
    fn book(&self, _to: &str) {}

    /// Cancels a flight
    #[cfg_attr(all(), tool(read_only), allow(unused))]
    fn cancel(&self, number: u8) {}

    /// Counts flights
    #[cfg_attr(any(), tool)]
    fn count(&self) {}
}

fn main() {
    let tools = Toolbox::new(Desk).expect("two tools");
    let names: Vec<_> = tools.iter().map(|tool| tool.name().to_owned()).collect();
    assert_eq!(names, ["book", "cancel"]);
    Desk.cancel(1);
    Desk.count();
}
