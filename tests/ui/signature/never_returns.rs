use fcall::{tool, tools};

/// Waits for ever
#[tool]
fn wait() -> ! {
    loop {}
}

fn main() {
    let _ = tools![wait];
}
