//! The values of the public interface, and whatever text may come.
#![cfg(not(target_arch = "wasm32"))]

mod reading;

use proptest::prelude::*;

proptest! {
    #[test]
    fn any_text_is_an_error_or_kept_as_it_is_and_no_secret_is_shown(text in any::<String>()) {
        reading::check(&text);
    }

    #[test]
    fn no_secret_is_shown_of_what_looks_like_a_url(text in "[a-z]{0,3}[:/?#@\\\\.\\[\\]%0-9 -]{0,12}[a-z:/?#@]{0,6}") {
        reading::check(&text);
    }
}

#[test]
fn what_the_fuzzer_begins_with_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/values");
    let texts: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(texts.len() > 2);
    texts.iter().for_each(|text| reading::check(std::str::from_utf8(text).unwrap()));
}
