//! Cells that can be borrowed: those of std.
//!
//! In a build with debug assertions they count what is borrowed on this thread, as the locks of
//! [`crate::sync`] count what is locked: nothing may be when code of the program's is called
//! ([`crate::boundary`]), which may call for the same object again.

#[cfg(not(debug_assertions))]
pub use std::cell::{Ref, RefCell, RefMut};

#[cfg(debug_assertions)]
pub use counted::{Ref, RefCell, RefMut};

/// Ends the process if this thread holds a borrow or a lock. Does nothing without debug assertions.
#[inline]
pub fn assert_nothing_is_held() {
    #[cfg(debug_assertions)]
    Held::assert_none();
}

/// A borrow or a lock that is held on this thread, as long as this value lives.
#[cfg(debug_assertions)]
pub struct Held(());

#[cfg(debug_assertions)]
mod counted {
    use std::cell::{self, Cell};
    use std::ops::{Deref, DerefMut};
    use std::panic::Location;

    use super::Held;

    /// How many places are remembered.
    const REMEMBERED: usize = 8;

    thread_local! {
        static COUNT: Cell<usize> = const { Cell::new(0) };
        static PLACES: Cell<[Option<&'static Location<'static>>; REMEMBERED]> = const { Cell::new([None; REMEMBERED]) };
    }

    impl Held {
        /// Something is held from here on.
        #[track_caller]
        pub fn begin() -> Self {
            Self::begin_at(Location::caller())
        }

        /// The same, for this place.
        pub fn begin_at(caller: &'static Location<'static>) -> Self {
            let count = COUNT.get();
            let mut places = PLACES.get();
            if let Some(place) = places.get_mut(count) {
                *place = Some(caller);
                PLACES.set(places);
            }
            COUNT.set(count + 1);
            Self(())
        }

        pub(super) fn assert_none() {
            let count = COUNT.get();
            if count > 0 {
                let places = PLACES.get();
                let held: Vec<String> = places.iter().take(count).flatten().map(ToString::to_string).collect();
                eprintln!("C is called while {count} borrows or locks are held: {}", held.join(", "));
                eprintln!("{}", std::backtrace::Backtrace::force_capture());
                std::process::abort();
            }
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            COUNT.set(COUNT.get() - 1);
        }
    }

    /// A `RefCell` whose borrows are counted.
    #[derive(Debug, Default)]
    pub struct RefCell<T>(cell::RefCell<T>);

    /// A borrow that is counted.
    pub struct Ref<'a, T: ?Sized>(cell::Ref<'a, T>, Held);

    /// A mutable borrow that is counted.
    pub struct RefMut<'a, T: ?Sized>(cell::RefMut<'a, T>, Held);

    impl<T> RefCell<T> {
        /// A cell with this value.
        pub const fn new(value: T) -> Self {
            Self(cell::RefCell::new(value))
        }

        /// Borrows the value.
        #[track_caller]
        pub fn borrow(&self) -> Ref<'_, T> {
            Ref(self.0.borrow(), Held::begin())
        }

        /// Borrows the value to change it.
        #[track_caller]
        pub fn borrow_mut(&self) -> RefMut<'_, T> {
            RefMut(self.0.borrow_mut(), Held::begin())
        }

        /// Puts `value` in; what was there.
        #[track_caller]
        pub fn replace(&self, value: T) -> T {
            self.0.replace(value)
        }

        /// Takes the value out.
        #[track_caller]
        pub fn take(&self) -> T
        where
            T: Default,
        {
            self.0.take()
        }
    }

    impl<'a, T: ?Sized> Ref<'a, T> {
        /// A borrow of a part.
        pub fn map<U: ?Sized>(whole: Self, part: impl FnOnce(&T) -> &U) -> Ref<'a, U> {
            Ref(cell::Ref::map(whole.0, part), whole.1)
        }
    }

    impl<'a, T: ?Sized> RefMut<'a, T> {
        /// A borrow of a part.
        pub fn map<U: ?Sized>(whole: Self, part: impl FnOnce(&mut T) -> &mut U) -> RefMut<'a, U> {
            RefMut(cell::RefMut::map(whole.0, part), whole.1)
        }
    }

    impl<T: ?Sized> Deref for Ref<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }

    impl<T: ?Sized> Deref for RefMut<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }

    impl<T: ?Sized> DerefMut for RefMut<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            &mut self.0
        }
    }
}
