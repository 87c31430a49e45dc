use fcall::toolset;

#[toolset]
struct Desk;

fn main() {}
