//! The connection that rustls is working for, on this thread.
//!
//! rustls's verifier, signer, session store and ticketer are one object each
//! for the process: a session is resumed only under the same verifier, and a
//! handshake should build no configuration. They find their connection here.

use std::cell::RefCell;
use std::mem::ManuallyDrop;

use crate::connection::Connection;
use crate::ffi::Ref;
use crate::libcrypto::library::Library;

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

thread_local! {
    static CURRENT: Lasting<Ref<Connection>> = const { Lasting::empty() };
}

/// Puts back what was current before, also when `work` panics: a callback may
/// drive another connection on the same thread.
struct Restore(Option<Ref<Connection>>);

impl Drop for Restore {
    fn drop(&mut self) {
        let previous = self.0.take();
        CURRENT.with(|current| current.replace(previous));
    }
}

/// Runs `work`, in which rustls may call back, for `connection`.
pub fn enter<R>(connection: Ref<Connection>, work: impl FnOnce() -> R) -> R {
    let _restore = Restore(CURRENT.with(|current| current.replace(Some(connection))));
    work()
}

/// The connection that rustls is working for.
pub fn connection() -> Option<Ref<Connection>> {
    CURRENT.with(Lasting::get)
}

/// Runs `work` with the current connection, if there is one.
pub fn with<R>(work: impl FnOnce(&Connection) -> R) -> Option<R> {
    connection().map(|connection| work(&connection))
}

/// Looks at the current connection, if there is one, at less cost than [`with`]:
/// `look` must not call into C, nor replace the current connection.
pub fn look<R>(look: impl FnOnce(&Connection) -> R) -> Option<R> {
    CURRENT.with(|current| current.0.borrow().as_deref().map(look))
}

/// The current connection, if there is one and `fits` says so.
pub fn connection_if(fits: impl FnOnce(&Connection) -> bool) -> Option<Ref<Connection>> {
    look(fits).unwrap_or(false).then(connection).flatten()
}

/// Where certificates and keys of the current connection get their algorithms
/// from.
pub fn library() -> Library {
    with(Connection::library).unwrap_or_default()
}
