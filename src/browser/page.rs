//! What becomes of the page and its network. In a worker only what exists there.

use crate::machine::Page;

/// Watches until it is dropped.
#[must_use = "dropped, it watches no longer"]
#[derive(Debug)]
pub(crate) struct PageWatch {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    _listeners: Vec<gloo_events::EventListener>,
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
impl PageWatch {
    /// Tells of each change from now on.
    pub(crate) fn new(tell: impl Fn(Page) + 'static) -> Self {
        use gloo_events::EventListener;
        use wasm_bindgen::JsCast;

        // `pageshow` also fires when the page has loaded: only what was put away can come back.
        let away = std::cell::Cell::new(false);
        let tell = std::rc::Rc::new(move |page| {
            match page {
                Page::Frozen => away.set(true),
                Page::Resumed if !away.replace(false) => return,
                _ => {}
            }
            tell(page);
        });
        let scope: web_sys::EventTarget = js_sys::global().unchecked_into();
        let mut listeners = Vec::new();
        let mut on = |target: &web_sys::EventTarget, name: &'static str, page: Page| {
            let tell = std::rc::Rc::clone(&tell);
            listeners.push(EventListener::new(target, name, move |_| tell(page)));
        };
        on(&scope, "online", Page::Online);
        on(&scope, "offline", Page::Offline);
        if let Some(document) = document() {
            on(&scope, "pagehide", Page::Frozen);
            on(&scope, "pageshow", Page::Resumed);
            on(&document, "freeze", Page::Frozen);
            on(&document, "resume", Page::Resumed);
            listeners.push(EventListener::new(&document, "visibilitychange", move |_| {
                tell(if is_hidden() { Page::Hidden } else { Page::Visible });
            }));
        }
        Self { _listeners: listeners }
    }
}

/// Whether the browser says that it has no network. Where it says nothing it has one.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) fn is_offline() -> bool {
    property(&js_sys::global(), "navigator")
        .is_some_and(|navigator| property(&navigator, "onLine").is_some_and(|online| online.is_falsy()))
}

/// Whether the page can't be seen. A worker's never is.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub(crate) fn is_hidden() -> bool {
    document().is_some_and(|document| property(&document, "hidden").is_some_and(|hidden| hidden.is_truthy()))
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
fn document() -> Option<web_sys::EventTarget> {
    property(&js_sys::global(), "document").map(wasm_bindgen::JsCast::unchecked_into)
}

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
fn property(object: &wasm_bindgen::JsValue, name: &str) -> Option<wasm_bindgen::JsValue> {
    js_sys::Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
impl PageWatch {
    /// Tells nothing: there is no page.
    pub(crate) fn new(_tell: impl Fn(Page) + 'static) -> Self {
        Self {}
    }
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) fn is_offline() -> bool {
    false
}

#[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
pub(crate) fn is_hidden() -> bool {
    false
}
