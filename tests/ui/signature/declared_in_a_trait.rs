use fcall::tool;

trait Books {
    /// Books
    #[tool]
    async fn book(&self, city: String);
}

fn main() {}
