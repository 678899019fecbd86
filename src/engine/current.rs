//! The connection that rustls is working for, on this thread.
//!
//! rustls's verifier, signer, session store and ticketer are one object each
//! for the process: a session is resumed only under the same verifier, and a
//! handshake should build no configuration. They find their connection here.

use std::cell::RefCell;

use crate::connection::Connection;
use crate::ffi::Ref;
use crate::libcrypto::library::Library;

thread_local! {
    static CURRENT: RefCell<Option<Ref<Connection>>> = const { RefCell::new(None) };
}

/// Puts back what was current before, also when `work` panics: a callback may
/// drive another connection on the same thread.
struct Restore(Option<Ref<Connection>>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Runs `work`, in which rustls may call back, for `connection`.
pub fn enter<R>(connection: Ref<Connection>, work: impl FnOnce() -> R) -> R {
    let _restore = Restore(CURRENT.replace(Some(connection)));
    work()
}

/// The connection that rustls is working for.
pub fn connection() -> Option<Ref<Connection>> {
    CURRENT.with_borrow(Clone::clone)
}

/// Runs `work` with the current connection, if there is one.
pub fn with<R>(work: impl FnOnce(&Connection) -> R) -> Option<R> {
    connection().map(|connection| work(&connection))
}

/// Where certificates and keys of the current connection get their algorithms
/// from.
pub fn library() -> Library {
    with(Connection::library).unwrap_or_default()
}
