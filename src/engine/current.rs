//! The connection that rustls is working for, on this thread.
//!
//! rustls's verifier, signer, session store and ticketer are one object each
//! for the process: a session is resumed only under the same verifier, and a
//! handshake should build no configuration. They find their connection here.
//! While code of the program's runs there is none ([`crate::boundary`]).

pub use crate::boundary::SentAs;
use crate::boundary::{self, Work};
use crate::connection::Connection;
use crate::ffi::Ref;
pub use crate::ffi::current::{enter, with};
use crate::libcrypto::library::Library;

/// The connection that rustls is working for.
pub fn connection() -> Option<Ref<Connection>> {
    with(Connection::handle)
}

/// The current connection, if there is one and `fits` says so.
pub fn connection_if(fits: impl FnOnce(&Connection) -> bool) -> Option<Ref<Connection>> {
    with(|connection| fits(connection).then(|| connection.handle())).flatten()
}

/// Where certificates and keys of the current connection get their algorithms
/// from.
pub fn library() -> Library {
    with(Connection::library).unwrap_or_default()
}

/// Runs `work`, whose application data is sent as `sent_as` says instead: how a message that rustls
/// has no call for goes out encrypted. `None`: as itself.
pub fn sending_as<R>(sent_as: Option<SentAs>, work: impl FnOnce() -> R) -> R {
    let _restore = Restore(boundary::exchange_work(boundary::work().sending(sent_as)));
    work()
}

/// What application data is sent as instead.
pub fn sent_as() -> Option<SentAs> {
    boundary::work().sent_as()
}

/// Puts back what the thread was at work for, also when there is a panic.
struct Restore(Work);

impl Drop for Restore {
    fn drop(&mut self) {
        boundary::exchange_work(self.0);
    }
}
