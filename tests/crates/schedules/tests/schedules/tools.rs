//! Some of an agent's tools, as several of its runs ask for them at the same time.

use std::sync::Arc;

use schedules::{
    agent::inside::some,
    tool::{Tool, ToolError},
    toolbox::Toolbox,
};
use serde_json::json;
use shuttle::thread;

use super::{in_every_order, in_many_orders};

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn tools() -> Arc<Toolbox> {
    let tool = |name| {
        let schema = json!({"type": "object", "properties": {}});
        Tool::new(name, "Does it", schema, |_: serde_json::Value| async { Ok::<_, ToolError>("done") }).unwrap()
    };
    Arc::new(Toolbox::new(NAMES.map(tool).to_vec()).unwrap())
}

/// The tools with these names, which are asked for and are nobody else's.
fn asked(tools: &Toolbox, names: &[&str]) -> Arc<schedules::message::ToolSpecs> {
    let specs = some(tools, names);
    let told: Vec<_> = specs.as_slice().iter().map(|spec| spec.name.as_str()).collect();
    assert_eq!(told, names);
    specs
}

#[test]
fn runs_that_ask_for_the_same_tools_have_the_same_set() {
    in_every_order("the same tools twice and others once", || {
        let tools = tools();
        let ask = |names: &'static [&str]| {
            let tools = Arc::clone(&tools);
            thread::spawn(move || asked(&tools, names))
        };
        let [one, same, other] = [ask(&["a", "c"]), ask(&["a", "c"]), ask(&["b"])].map(|run| run.join().unwrap());
        assert!(Arc::ptr_eq(&one, &same), "what is encoded of one is there for the other");
        assert!(!Arc::ptr_eq(&one, &other));
        assert!(Arc::ptr_eq(&one, &asked(&tools, &["a", "c"])), "and for the next");
    });
}

#[test]
fn more_sets_than_are_kept_are_still_each_run_s_own() {
    in_many_orders(1_000, || {
        let tools = tools();
        // Fifteen different ones on three threads, in opposite orders.
        let ask = |backwards: bool| {
            let tools = Arc::clone(&tools);
            thread::spawn(move || {
                let sets = (0..15_u8).map(|set| if backwards { 14 - set } else { set } + 1);
                for set in sets {
                    let names: Vec<_> = (0..4).filter(|at| set & (1 << at) != 0).map(|at| NAMES[at]).collect();
                    asked(&tools, &names);
                }
            })
        };
        for run in [ask(false), ask(true), ask(false)] {
            run.join().unwrap();
        }
    });
}
