//! Variables of a thread that outlive its others.

use std::cell::RefCell;
use std::mem::ManuallyDrop;

/// A thread's variable that outlives the thread's others, as it is never dropped: programs
/// close their connections in atexit handlers too, which run when the others are gone.
pub struct Lasting<T>(ManuallyDrop<RefCell<Option<T>>>);

impl<T> Lasting<T> {
    /// An empty one.
    pub const fn empty() -> Self {
        Self(ManuallyDrop::new(RefCell::new(None)))
    }

    /// Puts `value` in; what was there before.
    pub fn replace(&self, value: Option<T>) -> Option<T> {
        self.0.replace(value)
    }

    /// Takes the value out.
    pub fn take(&self) -> Option<T> {
        self.0.take()
    }

    /// Whether there is a value.
    pub fn is_some(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// A copy of the value.
    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.0.borrow().clone()
    }
}
