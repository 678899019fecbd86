//! The connection that a thread is at work for.

use super::handle::{Ref, borrow};
use crate::boundary::{self, Work};
use crate::connection::Connection;

/// Takes the work away from the thread, also when there is a panic, and gives it back what it had
/// before.
struct Entered {
    before: Work,
    /// Keeps the connection as long as it may be the thread's work.
    _connection: Ref<Connection>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        boundary::exchange_work(self.before);
    }
}

/// Runs `work`, in which rustls may call back, for `connection`.
pub fn enter<R>(connection: Ref<Connection>, work: impl FnOnce() -> R) -> R {
    // SAFETY: `Entered` keeps the connection, and is dropped last. Until then it is a thread's work
    // only while this function's stack runs: `boundary::leave` takes it away for the time in
    // which the program may run another, or go on with this one on another thread.
    let entered = unsafe { Work::on(connection.as_ptr().addr()) };
    let _entered = Entered { before: boundary::exchange_work(entered), _connection: connection };
    work()
}

/// Runs `work` with the current connection, if there is one.
#[inline]
pub fn with<R>(work: impl FnOnce(&Connection) -> R) -> Option<R> {
    let ssl = std::ptr::with_exposed_provenance(boundary::work().address());
    // SAFETY: NULL, or a connection that `enter` keeps until this stack returns to it.
    unsafe { borrow::<Connection>(ssl) }.map(work)
}
