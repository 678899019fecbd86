//! The locks of the library: those of std.
//!
//! `tests/races.sh` builds the library for ThreadSanitizer, which std itself is
//! not built for: a lock that std takes or a value that it publishes in code of
//! its own is not seen. In that build alone (`--cfg tessera_race`) each lock says
//! by an atomic when it is taken and released. Who excludes whom is std's affair
//! there too.

#[cfg(not(tessera_race))]
pub use std::sync::{Mutex, MutexGuard, OnceLock, RwLock};

#[cfg(tessera_race)]
pub use once_cell::sync::OnceCell as OnceLock;
#[cfg(tessera_race)]
pub use seen::{Mutex, MutexGuard, RwLock};

#[cfg(tessera_race)]
mod seen {
    use std::ops::{Deref, DerefMut};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{self, LockResult, PoisonError};

    #[derive(Default)]
    pub struct Mutex<T>(sync::Mutex<T>, AtomicUsize);

    #[derive(Default)]
    pub struct RwLock<T>(sync::RwLock<T>, AtomicUsize);

    pub type MutexGuard<'a, T> = Guard<'a, sync::MutexGuard<'a, T>>;

    /// Says that the lock is released just before it is.
    pub struct Guard<'a, G>(G, &'a AtomicUsize);

    impl<'a, G> Guard<'a, G> {
        fn new(guard: Result<G, PoisonError<G>>, seen: &'a AtomicUsize) -> LockResult<Self> {
            seen.load(Ordering::Acquire);
            Ok(Self(guard.unwrap_or_else(PoisonError::into_inner), seen))
        }
    }

    impl<T> Mutex<T> {
        pub const fn new(value: T) -> Self {
            Self(sync::Mutex::new(value), AtomicUsize::new(0))
        }

        pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
            Guard::new(self.0.lock(), &self.1)
        }
    }

    impl<T> RwLock<T> {
        pub const fn new(value: T) -> Self {
            Self(sync::RwLock::new(value), AtomicUsize::new(0))
        }

        pub fn read(&self) -> LockResult<Guard<'_, sync::RwLockReadGuard<'_, T>>> {
            Guard::new(self.0.read(), &self.1)
        }

        pub fn write(&self) -> LockResult<Guard<'_, sync::RwLockWriteGuard<'_, T>>> {
            Guard::new(self.0.write(), &self.1)
        }
    }

    impl<G> Drop for Guard<'_, G> {
        fn drop(&mut self) {
            self.1.fetch_add(1, Ordering::Release);
        }
    }

    impl<G: Deref> Deref for Guard<'_, G> {
        type Target = G::Target;

        fn deref(&self) -> &G::Target {
            &self.0
        }
    }

    impl<G: DerefMut> DerefMut for Guard<'_, G> {
        fn deref_mut(&mut self) -> &mut G::Target {
            &mut self.0
        }
    }
}
