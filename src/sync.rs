//! The locks of the library: those of std.
//!
//! Two builds watch them. `tests/races.sh` builds the library for ThreadSanitizer, which std itself
//! is not built for: a lock that std takes or a value that it publishes in code of its own is not
//! seen. In that build (`--cfg tessera_race`) each lock says by an atomic when it is taken and
//! released. And in a build with debug assertions each lock counts as held on its thread, as a
//! borrow does ([`crate::cell`]). Who excludes whom is std's affair there too.

#[cfg(not(any(tessera_race, debug_assertions)))]
pub use std::sync::{Mutex, MutexGuard, OnceLock, RwLock};

/// A value that is made when it is first asked for, by code that may call the program: so nothing
/// is locked meanwhile. Of two threads that make it at once, the first one's is kept.
pub struct Made<T>(OnceLock<T>);

impl<T> Made<T> {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The value, made by `make` if need be.
    pub fn get_or_make(&self, make: impl FnOnce() -> T) -> &T {
        if let Some(value) = self.0.get() {
            return value;
        }
        let mut made = Some(make());
        let value = self.0.get_or_init(|| made.take().expect("made above"));
        // Another thread was first: what was made here is dropped without a lock.
        drop(made);
        value
    }
}

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> From<T> for Made<T> {
    fn from(value: T) -> Self {
        Self(OnceLock::from(value))
    }
}

#[cfg(any(tessera_race, debug_assertions))]
pub use seen::{Mutex, MutexGuard, OnceLock, RwLock};

#[cfg(any(tessera_race, debug_assertions))]
mod seen {
    use std::ops::{Deref, DerefMut};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{self, LockResult, PoisonError};

    #[derive(Debug, Default)]
    pub struct Mutex<T>(sync::Mutex<T>, AtomicUsize);

    #[derive(Default)]
    pub struct RwLock<T>(sync::RwLock<T>, AtomicUsize);

    pub type MutexGuard<'a, T> = Guard<'a, sync::MutexGuard<'a, T>>;

    /// Says that the lock is released just before it is.
    pub struct Guard<'a, G> {
        guard: G,
        seen: &'a AtomicUsize,
        #[cfg(debug_assertions)]
        _held: crate::cell::Held,
    }

    impl<'a, G> Guard<'a, G> {
        #[track_caller]
        fn new(guard: Result<G, PoisonError<G>>, seen: &'a AtomicUsize) -> LockResult<Self> {
            seen.load(Ordering::Acquire);
            Ok(Self {
                guard: guard.unwrap_or_else(PoisonError::into_inner),
                seen,
                #[cfg(debug_assertions)]
                _held: crate::cell::Held::begin(),
            })
        }
    }

    /// A value that is made once. While it is made, whoever asks for it waits.
    pub struct OnceLock<T>(once_cell::sync::OnceCell<T>);

    impl<T> OnceLock<T> {
        pub const fn new() -> Self {
            Self(once_cell::sync::OnceCell::new())
        }

        pub fn get(&self) -> Option<&T> {
            self.0.get()
        }

        pub fn set(&self, value: T) -> Result<(), T> {
            self.0.set(value)
        }

        pub fn take(&mut self) -> Option<T> {
            self.0.take()
        }

        #[track_caller]
        pub fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
            #[cfg(debug_assertions)]
            let place = std::panic::Location::caller();
            self.0.get_or_init(|| {
                #[cfg(debug_assertions)]
                let _held = crate::cell::Held::begin_at(place);
                make()
            })
        }
    }

    impl<T> Default for OnceLock<T> {
        fn default() -> Self {
            Self::new()
        }
    }

    impl<T> From<T> for OnceLock<T> {
        fn from(value: T) -> Self {
            Self(value.into())
        }
    }

    impl<T> Mutex<T> {
        pub const fn new(value: T) -> Self {
            Self(sync::Mutex::new(value), AtomicUsize::new(0))
        }

        #[track_caller]
        pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            Guard::new(self.0.lock(), &self.1)
        }
    }

    impl<T> RwLock<T> {
        pub const fn new(value: T) -> Self {
            Self(sync::RwLock::new(value), AtomicUsize::new(0))
        }

        #[track_caller]
        pub fn read(&self) -> LockResult<Guard<'_, sync::RwLockReadGuard<'_, T>>> {
            Guard::new(self.0.read(), &self.1)
        }

        #[track_caller]
        pub fn write(&self) -> LockResult<Guard<'_, sync::RwLockWriteGuard<'_, T>>> {
            Guard::new(self.0.write(), &self.1)
        }
    }

    impl<G> Drop for Guard<'_, G> {
        fn drop(&mut self) {
            self.seen.fetch_add(1, Ordering::Release);
        }
    }

    impl<G: Deref> Deref for Guard<'_, G> {
        type Target = G::Target;

        fn deref(&self) -> &G::Target {
            &self.guard
        }
    }

    impl<G: DerefMut> DerefMut for Guard<'_, G> {
        fn deref_mut(&mut self) -> &mut G::Target {
            &mut self.guard
        }
    }
}
