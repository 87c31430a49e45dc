//! What `#[tool]` takes from a function beside its parameters: its words, its name, its group.

use fcall::{Tool, Toolbox, tool, tools};

/// Finds flights
///
/// Prices are in euro, and
/// hold for a day.
#[allow(clippy::needless_pass_by_value)]
#[doc = " Not for trains."]
#[tool(group = "travel")]
///     At night it is slower.
fn find(
    /// Where to
    ///
    /// An airport.
    #[allow(unused)]
    /// Not a city
    to: String,
) {
    let _ = to;
}

/// Moves a guest
#[tool(group = "hotel")]
fn r#move() {}

/// Books a flight
#[tool(group = "travel")]
fn book() {}

/// Says hello
#[tool]
fn greet() {}

#[test]
fn paragraphs_are_kept_whatever_stands_between_them() {
    let tool = Tool::of::<find>();
    let words =
        "Finds flights\n\nPrices are in euro, and\nhold for a day.\nNot for trains.\n    At night it is slower.";
    assert_eq!(tool.description(), words);
    let schema = &tool.spec().schema;
    assert!(schema.contains(r#""description":"Where to\n\nAn airport.\nNot a city""#), "{schema}");
}

#[test]
fn a_raw_name_is_told_without_its_mark() {
    assert_eq!(Tool::of::<r#move>().name(), "move");
}

#[test]
fn tools_are_chosen_by_group() {
    let all = Toolbox::new(tools![find, r#move, book, greet]).expect("no two of one name");
    let travel = Toolbox::new(all.into_iter().filter(|tool| tool.group() == Some("travel"))).expect("a part of them");
    let names: Vec<_> = travel.iter().map(Tool::name).collect();
    assert_eq!(names, ["book", "find"]);
}

#[test]
fn an_annotated_function_is_still_a_function() {
    find("Rome".to_owned());
    r#move();
    book();
    greet();
}
