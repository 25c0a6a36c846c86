//! Values of the kind that applications send: names, numbers, a list.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quote {
    symbol: String,
    price: f64,
    volume: u64,
    open: bool,
    note: Option<String>,
}

impl Quote {
    pub(crate) fn example(number: u32) -> Self {
        Self {
            symbol: format!("SYM{number}"),
            price: 100.25 + f64::from(number),
            volume: 1_000_000 + u64::from(number),
            open: number.is_multiple_of(2),
            note: number.is_multiple_of(4).then(|| "halted until \"noon\", then open".to_owned()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Update {
    pub(crate) quotes: Vec<Quote>,
}

impl Update {
    /// About 10 kB as JSON.
    pub(crate) fn of_10_kb() -> Self {
        Self { quotes: (0..118).map(Quote::example).collect() }
    }
}
