//! Prints the tools it finds, one a line; it calls nothing of the crate they come from.

use fcall::Toolbox;
// links the crate: without this line the compiler leaves it out
use travel_tools as _;

fn main() -> fcall::Result<()> {
    for tool in Toolbox::collect()?.iter() {
        println!("{}", tool.name());
    }
    assert_eq!(Toolbox::collect_from("travel-tools")?.len(), 2);
    Ok(())
}
