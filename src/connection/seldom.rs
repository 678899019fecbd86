//! What few connections have: made when it is first asked for.

use std::cell::OnceCell;
use std::ops::Deref;

/// A value that takes room only once it is in use.
#[derive(Default)]
pub struct Seldom<T>(OnceCell<Box<T>>);

impl<T> Seldom<T> {
    /// The value, if it was ever in use.
    pub fn used(&self) -> Option<&T> {
        self.0.get().map(Box::as_ref)
    }
}

impl<T: Default> Deref for Seldom<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.get_or_init(Box::default)
    }
}
