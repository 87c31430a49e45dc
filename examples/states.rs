//! What a tool can be lent: states of the program, never shown to the model, and the methods of a value.

use std::collections::BTreeMap;

use fcall::{Agent, testing::Script, tool, tools, toolset};

/// The prices, which every call may look at.
struct Prices(BTreeMap<&'static str, f64>);

/// What is bought; calls that change it run one at a time.
#[derive(Default)]
struct Cart(Vec<(String, u32)>);

/// Put goods into the cart
#[tool]
async fn put_into_cart(
    #[state] prices: &Prices,
    #[state] cart: &mut Cart,
    /// What to buy
    goods: &str,
    /// How many
    #[arg(range = 1..=10, default = 1)]
    number: u32,
) -> Result<String, String> {
    let price = prices.0.get(goods).ok_or_else(|| format!("there are no {goods}"))?;
    cart.0.push((goods.to_owned(), number));
    Ok(format!("{number} {goods} at {price:.2}; {} kinds of goods in the cart", cart.0.len()))
}

/// A shop with an address of its own.
struct Shop {
    street: &'static str,
}

#[toolset]
impl Shop {
    /// Say where the shop is and when it is open
    #[tool]
    async fn opening_hours(
        &self,
        /// The day of the week
        day: &str,
    ) -> String {
        let hours = if day == "Sunday" { "closed" } else { "open from 9 to 18" };
        format!("{}, {hours} on {day}", self.street)
    }
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    // A model that buys; scripted, so that the example runs offline.
    let model = Script::new()
        .calls([
            ("put_into_cart", r#"{"goods":"apples","number":4}"#),
            ("put_into_cart", r#"{"goods":"pears"}"#),
            ("put_into_cart", r#"{"goods":"apples","number":40}"#),
            ("opening_hours", r#"{"day":"Sunday"}"#),
        ])
        .text("The apples and a pear are in the cart; the shop is closed on Sunday.");
    let agent = Agent::builder(model)
        .tools(tools![put_into_cart])
        .tools(Shop { street: "12 Orchard Road" })
        .state(Prices(BTreeMap::from([("apples", 0.4), ("pears", 0.6)])))
        .state_mut(Cart::default())
        .build()?;
    let run = agent.run("Four apples and a pear, please. And are you open on Sunday?").await?;
    for call in run.calls() {
        println!("{}({})\n    -> {}", call.call.name, call.call.arguments, call.result.to_text());
    }
    println!("{run}");
    Ok(())
}
