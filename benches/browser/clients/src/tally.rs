//! What a job counts.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Float64Array, Function};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Performance;

/// Counts messages down, and what was seen of them up.
#[derive(Clone)]
pub struct Tally(Rc<Counts>);

struct Counts {
    left: Cell<u32>,
    sum: Cell<u32>,
    resolve: Function,
}

#[allow(dead_code, reason = "no client uses all of them")]
impl Tally {
    pub fn new(count: u32, resolve: Function) -> Self {
        Self(Rc::new(Counts { left: Cell::new(count), sum: Cell::new(0), resolve }))
    }

    /// Looks at the length, and the first byte.
    pub fn text(&self, text: &str) {
        self.add(text.len(), text.as_bytes().first());
    }

    pub fn binary(&self, bytes: &[u8]) {
        self.add(bytes.len(), bytes.first());
    }

    /// Of a payload that was left in JavaScript only the length is looked at.
    pub fn length(&self, length: usize) {
        self.add(length, None);
    }

    fn add(&self, length: usize, first: Option<&u8>) {
        let Counts { left, sum, resolve } = &*self.0;
        sum.set(sum.get().wrapping_add(length as u32).wrapping_add(first.copied().unwrap_or_default().into()));
        left.set(left.get().wrapping_sub(1));
        if left.get() == 0 {
            drop(resolve.call1(&JsValue::UNDEFINED, &sum.get().into()));
        }
    }
}

/// Measures round trips.
#[derive(Clone)]
pub struct Laps(Rc<Lapping>);

struct Lapping {
    clock: Performance,
    start: Cell<f64>,
    laps: RefCell<Vec<f64>>,
    count: usize,
    resolve: Function,
}

impl Laps {
    pub fn new(count: u32, resolve: Function) -> Self {
        let clock = js_sys::Reflect::get(&js_sys::global(), &"performance".into()).unwrap_or_default().unchecked_into();
        let laps = RefCell::new(Vec::with_capacity(count as usize));
        Self(Rc::new(Lapping { clock, start: Cell::new(0.0), laps, count: count as usize, resolve }))
    }

    pub fn start(&self) {
        self.0.start.set(self.0.clock.now());
    }

    /// Whether there is another one.
    pub fn end(&self) -> bool {
        let mut laps = self.0.laps.borrow_mut();
        laps.push(self.0.clock.now() - self.0.start.get());
        if laps.len() == self.0.count {
            drop(self.0.resolve.call1(&JsValue::UNDEFINED, &Float64Array::from(&**laps)));
        }
        laps.len() < self.0.count
    }
}
