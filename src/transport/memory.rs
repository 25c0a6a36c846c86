//! What is remembered of one visit for the next, where the browser allows it; and what nobody can guess.

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod shim {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/transport/push.js")]
    extern "C" {
        pub(super) type Memory;

        #[wasm_bindgen(static_method_of = Memory)]
        pub(super) fn get(key: &str) -> String;

        #[wasm_bindgen(static_method_of = Memory)]
        pub(super) fn set(key: &str, value: &str);

        #[wasm_bindgen(static_method_of = Memory)]
        pub(super) fn chance() -> Vec<f64>;

        #[wasm_bindgen(static_method_of = Memory)]
        pub(super) fn host(url: &str) -> String;

        #[wasm_bindgen(static_method_of = Memory)]
        pub(super) fn now() -> f64;
    }
}

/// After so many milliseconds what was remembered counts no more: a day, after which the network may well be another one.
const LIFE: f64 = 86_400_000.0;

/// What was remembered for this URL's host.
pub(crate) fn recall(url: &str) -> Option<String> {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    {
        let text = shim::Memory::get(&key(url));
        let (value, at) = text.split_once(' ')?;
        let age = shim::Memory::now() - at.parse::<f64>().ok()?;
        (0.0..LIFE).contains(&age).then(|| value.to_owned())
    }
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    {
        let _ = (url, LIFE);
        None
    }
}

/// Remembers one word for this URL's host.
pub(crate) fn remember(url: &str, value: &str) {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    shim::Memory::set(&key(url), &format!("{value} {}", shim::Memory::now()));
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    let _ = (url, value);
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
fn key(url: &str) -> String {
    format!("tautline:transport:{}", shim::Memory::host(url))
}

/// A name that nobody can guess: 35 hexadecimal digits of chance.
pub(crate) fn secret() -> String {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    let chance = shim::Memory::chance();
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    let chance = [0.0; 3];
    // A cast from floating point saturates.
    let digits: String = chance.iter().map(|number| format!("{:x}", *number as u64)).collect();
    format!("{digits:0>16}")
}
