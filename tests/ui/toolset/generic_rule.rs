use fcall::toolset;

struct Shelf<T>(T);

#[toolset]
impl<T: Send + Sync + 'static> Shelf<T> {
    const LAST: u8 = 9;

    /// What stands there
    #[tool]
    fn look(&self, #[arg(range = 1..=Self::LAST)] at: u8) -> u8 {
        at
    }
}

fn main() {}
