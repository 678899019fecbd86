//! External pre-shared keys. In TLS 1.3 they are used; TLS 1.2 has suites of their own for
//! them, which rustls does not have, so that hints and identities are never seen there.

use std::ffi::CStr;

use libc::*;

use super::callbacks::{inherit, own};
use super::context;
use crate::boundary::Callback;
use crate::connection::Connection;
use crate::ffi::guard;
use crate::ffi::handle::borrow;
use crate::ffi::types::*;
use crate::libcrypto::err;
use crate::reason;
use crate::session::Fields;

/// Sets what supplies a client's external pre-shared key, in TLS 1.3 alone: the function fills in
/// identity and key (at most 64 bytes are offered) and answers the key's length, 0 for none; the
/// hint is NULL. The key goes with SHA-256. `cb` NULL:
/// none.
/// `SSL_CTX_set_psk_client_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or live; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_client_callback(ctx: *mut SSL_CTX, cb: SSL_psk_client_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.psk_client = Callback::from_c(cb)) }
}

/// Sets what finds the session of an external pre-shared key on a server: the function sets `sess`
/// to a session of TLS 1.3, handing its reference over, or to NULL, and answers 1; 0 ends the
/// handshake. `cb` NULL:
/// none.
/// `SSL_CTX_set_psk_find_session_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or live; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_find_session_callback(ctx: *mut SSL_CTX, cb: SSL_psk_find_session_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.psk_find_session = Callback::from_c(cb)) }
}

/// Sets what supplies a server's external pre-shared key, in TLS 1.3 alone: the function is given
/// the identity, fills in the key and answers its length, 0 for none. The key goes with SHA-256. `cb` NULL:
/// none.
/// `SSL_CTX_set_psk_server_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or live; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_server_callback(ctx: *mut SSL_CTX, cb: SSL_psk_server_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.psk_server = Callback::from_c(cb)) }
}

/// Sets what chooses the session of a client's external pre-shared key: the function sets the
/// identity, which it keeps, and `sess` to a session of TLS 1.3, handing its reference over, or to
/// NULL, and answers 1; 0 ends the handshake. `md` is NULL. Keys of at most 64 bytes are offered. `cb` NULL:
/// none.
/// `SSL_CTX_set_psk_use_session_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or live; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_use_session_callback(ctx: *mut SSL_CTX, cb: SSL_psk_use_session_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.psk_use_session = Callback::from_c(cb)) }
}

/// A server's hint which pre-shared key to use; no client sees it. 1, or 0 with
/// an error for more than 256 bytes and for a NULL context.
/// `SSL_CTX_use_psk_identity_hint(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `identity_hint` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_psk_identity_hint(ctx: *mut SSL_CTX, identity_hint: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx).is_some() && is_hint(identity_hint) }.into())
}

/// Whether a hint is short enough; an error on the queue if not.
///
/// # Safety
/// `hint` is NULL or a C string.
unsafe fn is_hint(hint: *const c_char) -> bool {
    const MAX_IDENTITY: usize = 256;
    // SAFETY: not NULL, so a C string.
    if !hint.is_null() && unsafe { CStr::from_ptr(hint) }.count_bytes() > MAX_IDENTITY {
        err::raise(reason::DATA_LENGTH_TOO_LONG);
        return false;
    }
    true
}

/// The identity of the session's pre-shared key of TLS 1.2: only a session that another
/// library made has one. NULL without, and for NULL; the session keeps it.
/// `SSL_get_psk_identity(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_psk_identity(s: *const SSL) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { of_session(s, |fields| fields.psk_identity.as_deref()) }
}

/// A text of the session in use.
///
/// # Safety
/// `s` is NULL or a live SSL.
unsafe fn of_session(s: *const SSL, text: impl FnOnce(&Fields) -> Option<&CStr>) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let connection: Option<&Connection> = unsafe { crate::ffi::handle::borrow(s) };
        let session = connection.and_then(|connection| connection.session.borrow().clone());
        session.map_or(std::ptr::null(), |session| {
            session.read(|fields| text(fields).map_or(std::ptr::null(), CStr::as_ptr))
        })
    })
}

/// The hint of the session's server. NULL without, and for NULL; the session
/// keeps it. `SSL_get_psk_identity_hint(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_psk_identity_hint(s: *const SSL) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { of_session(s, |fields| fields.psk_identity_hint.as_deref()) }
}

/// As `SSL_CTX_set_psk_client_callback`, for one connection.
/// `SSL_set_psk_client_callback(3)`.
///
/// # Safety
/// `ssl` is NULL or live; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_client_callback(ssl: *mut SSL, cb: SSL_psk_client_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { own(ssl, |i| i.psk_client = Callback::from_c(cb)) }
}

/// As `SSL_CTX_set_psk_find_session_callback`, for one connection.
/// `SSL_set_psk_find_session_callback(3)`.
///
/// # Safety
/// `s` is NULL or live; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_find_session_callback(s: *mut SSL, cb: SSL_psk_find_session_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { own(s, |i| i.psk_find_session = Callback::from_c(cb)) }
}

/// As `SSL_CTX_set_psk_server_callback`, for one connection.
/// `SSL_set_psk_server_callback(3)`.
///
/// # Safety
/// `ssl` is NULL or live; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_server_callback(ssl: *mut SSL, cb: SSL_psk_server_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { own(ssl, |i| i.psk_server = Callback::from_c(cb)) }
}

/// As `SSL_CTX_set_psk_use_session_callback`, for one connection.
/// `SSL_set_psk_use_session_callback(3)`.
///
/// # Safety
/// `s` is NULL or live; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_use_session_callback(s: *mut SSL, cb: SSL_psk_use_session_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { own(s, |i| i.psk_use_session = Callback::from_c(cb)) }
}

/// As `SSL_CTX_use_psk_identity_hint`; NULL is no error on the queue.
/// `SSL_use_psk_identity_hint(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `identity_hint` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_psk_identity_hint(s: *mut SSL, identity_hint: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { borrow::<Connection>(s).is_some() && is_hint(identity_hint) }.into())
}
