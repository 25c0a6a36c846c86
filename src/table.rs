//! A few values, each under a key of its own: a map for so few of them that a search from one end to the other is the shortest way, also in
//! bytes of code.

#[derive(Clone, Debug)]
pub(crate) struct Table<K, V>(Vec<(K, V)>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Table<K, V> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Eq, V> Table<K, V> {
    pub(crate) fn get(&self, key: K) -> Option<&V> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// All of them, in no order.
    #[cfg(feature = "channel")]
    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Puts a value under a key. What it gives back, what was there, is the caller's to drop, once it holds no borrow.
    #[must_use]
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.remove(key);
        self.0.push((key, value));
        before
    }

    /// Takes a value out. It is the caller's to drop, once it holds no borrow.
    #[must_use]
    pub(crate) fn remove(&mut self, key: K) -> Option<V> {
        let at = self.0.iter().position(|(known, _)| *known == key)?;
        // As `swap_remove`, which has a message for a panic.
        let last = self.0.pop()?;
        Some(match self.0.get_mut(at) {
            Some(place) => std::mem::replace(place, last).1,
            None => last.1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_value_that_came_last() {
        let mut table = Table::default();
        assert_eq!([table.insert(1, "a"), table.insert(2, "b"), table.insert(1, "c")], [None, None, Some("a")]);
        assert_eq!([table.get(1), table.get(2), table.get(3)], [Some(&"c"), Some(&"b"), None]);
        assert_eq!([table.remove(1), table.remove(1), table.remove(2)], [Some("c"), None, Some("b")]);
        assert_eq!(table.get(2), None);
    }
}
