//! The exported C functions and nothing else: each checks its arguments, calls
//! the core, and puts errors on the queue.

pub mod async_job;
pub mod bio_ssl;
pub mod callbacks;
pub mod certificate;
pub mod cipher;
pub mod client_hello;
pub mod compression;
pub mod conf;
pub mod connection;
pub mod context;
pub mod ct;
pub mod ctrl;
mod ctrl_identity;
mod ctrl_negotiation;
pub mod dane;
pub mod dtls;
pub mod early_data;
pub mod extensions;
pub mod handshake;
pub mod info;
pub mod io;
pub mod method;
pub mod psk;
pub mod security;
pub mod session;
pub mod session_cache;
pub mod set_session;
pub mod srp;
pub mod srtp;
pub mod strings;
pub mod verify;

use crate::connection::Connection;
use crate::context::Context;
use crate::ffi::Ref;
use crate::ffi::handle::borrow;
use crate::ffi::types::{SSL, SSL_CTX};
use crate::libcrypto::err;

/// The context behind a C pointer; NULL is an error on the queue.
///
/// # Safety
/// `ptr` is NULL or a live SSL_CTX that the caller keeps alive for `'a`.
pub(crate) unsafe fn context<'a>(ptr: *const SSL_CTX) -> Option<&'a Context> {
    // SAFETY: the caller's promise.
    let context = unsafe { borrow(ptr) };
    if context.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    context
}

/// The connection behind a C pointer, with a reference of its own: a callback may free the
/// program's. NULL is an error on the queue.
///
/// # Safety
/// `ptr` is NULL or a live SSL.
pub(crate) unsafe fn connection(ptr: *const SSL) -> Option<Ref<Connection>> {
    // SAFETY: the caller's promise.
    let connection = unsafe { Ref::share_ptr(ptr) };
    if connection.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    connection
}

/// The connection behind a C pointer, for what calls nothing that may free it; NULL is an error
/// on the queue.
///
/// # Safety
/// `ptr` is NULL or a live SSL that the caller keeps alive for `'a`.
pub(crate) unsafe fn borrowed<'a>(ptr: *const SSL) -> Option<&'a Connection> {
    // SAFETY: the caller's promise.
    let connection = unsafe { borrow(ptr) };
    if connection.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    connection
}

/// As [`context`], with a reference of its own, for what calls back: a callback may free the
/// program's.
///
/// # Safety
/// `ptr` is NULL or a live SSL_CTX.
pub(crate) unsafe fn held_context(ptr: *const SSL_CTX) -> Option<Ref<Context>> {
    // SAFETY: the caller's promise; a context that C knows lives in a `Ref`.
    unsafe { context(ptr).map(|context| Ref::of(context)) }
}
