//! A program that denies every lint it can: what the macros write must be as clean as what people write.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    single_use_lifetimes,
    unused_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    let_underscore_drop,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use calling::{CallContext, Schema, Toolbox, serde::Deserialize, tool, tools, toolset};

/// Where to sit
#[derive(Debug, Deserialize, Schema)]
#[serde(crate = "calling::serde")]
#[schema(crate = "calling")]
struct Seat {
    /// From the front
    #[arg(range = 1..=40)]
    row: u8,
    /// A to F
    #[arg(pattern = "^[A-F]$", example = "A")]
    letter: String,
    /// Beside whom
    beside: Option<Box<Seat>>,
}

/// The bookings so far
#[derive(Debug, Default)]
struct Bookings(Vec<u8>);

/// Books a seat
#[tool(crate = "calling", timeout = "10s")]
async fn book(
    /// Where
    seat: Seat,
    /// For whom
    #[arg(default = "me")]
    name: &str,
    #[context] cx: &CallContext,
    #[state] bookings: &mut Bookings,
) -> Result<String, std::fmt::Error> {
    bookings.0.push(seat.row);
    let beside = seat.beside.map_or(0, |beside| beside.row);
    std::future::ready(Ok(format!("{}{} beside {beside} for {name} in {cx:?}", seat.row, seat.letter))).await
}

/// Cancels
#[tool(crate = "again::calling", blocking)]
fn cancel(#[arg(default = 1 + 1)] number: u64) -> u64 {
    number
}

#[derive(Debug)]
struct Desk {
    open: bool,
}

#[toolset(crate = "calling")]
impl Desk {
    /// Whether it is open
    #[tool(read_only)]
    fn is_open(&self) -> bool {
        self.open
    }
}

fn main() -> calling::Result<()> {
    let toolbox = Toolbox::new(tools![book, cancel])?;
    let desk = Toolbox::new(Desk { open: true })?;
    assert_eq!((toolbox.len(), desk.len()), (2, 1));
    Ok(())
}
