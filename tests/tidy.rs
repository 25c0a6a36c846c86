//! What the house looks like: which room may import which, who may name the browser, and how long a file may be.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The rooms of `src/`, in the order of the imports: each may import itself and what stands in earlier rows. Rooms of one row do not
/// know each other, but for the values. A row may name a room that is still to be built.
const ROWS: [&[&str]; 8] = [
    &["close", "config", "endpoint", "error", "event", "message", "queue", "ready_state", "slot", "table"],
    &["codec", "machine"],
    &["browser"],
    &["transport"],
    &["driver"],
    &["socket"],
    &["reconnecting"],
    &["channel"],
];

/// Who may name web-sys, js-sys, wasm-bindgen or gloo.
const BROWSER_ROOMS: [&str; 5] = ["browser", "transport", "driver", "socket", "reconnecting"];
const BROWSER_FILES: [&str; 1] = ["codec/js.rs"];
const BROWSER_CRATES: [&str; 7] =
    ["gloo_events", "gloo_timers", "js_sys", "serde_wasm_bindgen", "wasm_bindgen", "wasm_bindgen_futures", "web_sys"];

/// The most lines a file may have: one that outgrows this is two rooms.
const MAX_LINES: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with one of these endings.
fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["node_modules", "pkg", "dist", "out", "target"].contains(&name.as_str()) {
                found.extend(files(&path, endings));
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    found
}

/// Every path of a file that begins with a name of interest, as its segments; `use` trees are taken apart.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl Paths {
    fn of(source: &str) -> Vec<Vec<String>> {
        let mut paths = Self::default();
        paths.visit_file(&syn::parse_file(source).expect("Rust"));
        paths.0
    }

    fn walk(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.walk(&path.tree, &with(&path.ident)),
            syn::UseTree::Name(name) => self.0.push(with(&name.ident)),
            syn::UseTree::Rename(rename) => self.0.push(with(&rename.ident)),
            syn::UseTree::Glob(_) => self.0.push(before.to_vec()),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.walk(tree, before)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.walk(&item.tree, &[]);
    }

    /// What stands in a macro's call is not parsed; the names in it are taken as they come.
    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let tokens = call.tokens.to_string();
        let names =
            tokens.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| BROWSER_CRATES.contains(name));
        self.0.extend(names.map(|name| vec![name.to_owned()]));
        syn::visit::visit_macro(self, call);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.0.push(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }
}

/// The room a file of `src/` stands in: its first folder, or its own name.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn row(room: &str) -> usize {
    ROWS.iter().position(|row| row.contains(&room)).unwrap_or_else(|| panic!("the room {room:?} has no row in tidy.rs"))
}

/// From each name that `lib.rs` exports to the room it comes from.
fn exports() -> BTreeMap<String, String> {
    let source = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let paths = Paths::of(&source);
    paths
        .into_iter()
        .filter(|path| path.len() > 1)
        .map(|path| (path[path.len() - 1].clone(), path[0].clone()))
        .collect()
}

/// What is wrong with the imports of a file, where `exports` says which room each name of the crate's root is from.
fn faults(room: &str, file: &str, source: &str, exports: &BTreeMap<String, String>) -> Vec<String> {
    let may_name_browser = BROWSER_ROOMS.contains(&room) || BROWSER_FILES.contains(&file);
    let mut faults = Vec::new();
    for path in Paths::of(source) {
        let first = path[0].as_str();
        if BROWSER_CRATES.contains(&first) && !may_name_browser {
            faults.push(format!("{file} names {first}: only {BROWSER_ROOMS:?} and {BROWSER_FILES:?} may"));
        }
        let Some(target) = (first == "crate").then(|| path.get(1)).flatten() else { continue };
        let target = exports.get(target).unwrap_or(target);
        if target != room && row(target) > row(room) || (row(target) == row(room) && row(room) > 0 && target != room) {
            faults.push(format!("{file} imports {} from {target}: imports go the other way", path.join("::")));
        }
    }
    faults
}

#[test]
fn imports_go_one_way_and_only_the_browsers_rooms_name_the_browser() {
    let exports = exports();
    let mut found = Vec::new();
    for path in files(&root().join("src"), &[".rs"]) {
        if path.ends_with("lib.rs") {
            continue;
        }
        let file = path.strip_prefix(root().join("src")).unwrap().to_string_lossy().into_owned();
        found.extend(faults(&room(&path), &file, &fs::read_to_string(&path).unwrap(), &exports));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn an_import_the_wrong_way_is_found() {
    let exports = exports();
    let faults = |room, source: &str| faults(room, room, source, &exports).len();
    assert_eq!(faults("close", "use crate::WebSocket;"), 1, "by the crate's root");
    assert_eq!(faults("message", "use crate::{Closed, transport::{Payload, Incoming}};"), 2, "in a group");
    assert_eq!(
        faults("codec", "fn f() { crate::machine::timer::stop() }"),
        1,
        "in an expression, a room of the same row"
    );
    assert_eq!(faults("event", "fn f(value: wasm_bindgen::JsValue) {}"), 1, "the browser, in a type");
    assert_eq!(
        faults("machine", "use js_sys::Array; use crate::transport::Outgoing;"),
        2,
        "a machine knows no browser"
    );
    assert_eq!(faults("socket", "use crate::reconnecting::Options;"), 1, "from a later row");
    assert_eq!(
        faults("reconnecting", "use crate::{WebSocket, driver::Driver, machine::Machine}; use js_sys::Array;"),
        0
    );
    assert_eq!(faults("event", "list! { js_sys::Array: 1 }"), 1, "the browser, in a macro");
    assert_eq!(faults("socket", "use crate::{Closed, transport::Payload}; use js_sys::Array;"), 0);
}

#[test]
fn no_file_is_longer_than_a_room_may_be() {
    let folders = ["benches", "examples", "fuzz", "src", "npm/src", "npm/js", "server", "xtask", "www", "tests"];
    let endings = [".rs", ".js", ".mjs", ".ts", ".css", ".html"];
    let all = folders.iter().flat_map(|folder| files(&root().join(folder), &endings));
    let lengths = all.map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path));
    let long: Vec<_> = lengths.filter(|(lines, _)| *lines > MAX_LINES).collect();
    assert!(long.is_empty(), "longer than {MAX_LINES} lines: {long:?}");
}

#[test]
fn every_room_stands_in_the_code_map() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for path in files(&root().join("src"), &[".rs", ".js"]) {
        let room = room(&path);
        assert!(room == "lib" || map.contains(&format!("`{room}")), "{room} is missing from ARCHITECTURE.md");
    }
}

#[test]
fn every_room_of_the_npm_package_stands_in_the_code_map() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for path in files(&root().join("npm/js/lib"), &[".js"]) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(map.contains(&format!("`{name}`")), "{name} is missing from ARCHITECTURE.md");
    }
}

#[test]
fn the_examples_in_the_documents_are_the_files_that_are_compiled() {
    let document = fs::read_to_string(root().join("docs/frameworks.md")).unwrap();
    let examples = files(&root().join("examples"), &["live.rs", "Live.tsx", "Live.vue", "Live.svelte"]);
    assert_eq!(examples.len(), 6, "{examples:?}");
    for path in examples {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let (_, after) = document.split_once(&format!("`{name}`\n```")).unwrap_or_else(|| panic!("{name} is missing"));
        let shown = after.split_once('\n').and_then(|(_, rest)| rest.split_once("\n```")).expect("a fenced block").0;
        assert_eq!(shown, fs::read_to_string(&path).unwrap().trim_end(), "{name} is another in the document");
    }
}

#[test]
fn every_test_that_the_table_of_faults_names_is_there() {
    let table = fs::read_to_string(root().join("docs/faults.md")).unwrap();
    let tests: String =
        files(&root().join("tests"), &[".rs", ".mjs"]).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let is_test = |word: &&str| word.matches('_').count() > 3;
    let named: Vec<_> = table.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<_> = named.into_iter().filter(|name| !tests.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "named and not there: {missing:?}");
}
