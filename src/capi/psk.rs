//! External pre-shared keys: rustls has none, so no peer ever negotiates one.
//! Programs that set a callback beside their certificates lose nothing: the
//! callback is never called, as with a peer that has no key in common.

use std::ffi::CStr;

use libc::*;

use super::callbacks::{inherit, own};
use super::context;
use crate::connection::Connection;
use crate::ffi::guard;
use crate::ffi::handle::borrow;
use crate::ffi::types::*;
use crate::libcrypto::err;
use crate::reason;
use crate::session::Fields;

/// Would supply a client's external pre-shared key. Never called.
/// `SSL_CTX_set_psk_client_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_client_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_client_cb_func) {}

/// Would find the session of an external pre-shared key. Never called.
/// `SSL_CTX_set_psk_find_session_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_find_session_callback(ctx: *mut SSL_CTX, cb: SSL_psk_find_session_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.psk_find_session = cb.is_some()) }
}

/// Would supply a server's external pre-shared key. Never called.
/// `SSL_CTX_set_psk_server_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_server_callback(ctx: *mut SSL_CTX, cb: SSL_psk_server_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.psk_server = cb.is_some()) }
}

/// Would choose the session of an external pre-shared key. Never called.
/// `SSL_CTX_set_psk_use_session_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_use_session_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_use_session_cb_func) {}

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

/// The identity of the session's pre-shared key: only a session that another
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

/// As `SSL_CTX_set_psk_client_callback`: never called.
/// `SSL_set_psk_client_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_client_callback(_ssl: *mut SSL, _cb: SSL_psk_client_cb_func) {}

/// As `SSL_CTX_set_psk_find_session_callback`: never called.
/// `SSL_set_psk_find_session_callback(3)`.
///
/// # Safety
/// `s` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_find_session_callback(s: *mut SSL, cb: SSL_psk_find_session_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { own(s, |i| i.psk_find_session = cb.is_some()) }
}

/// As `SSL_CTX_set_psk_server_callback`: never called.
/// `SSL_set_psk_server_callback(3)`.
///
/// # Safety
/// `ssl` is NULL or live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_server_callback(ssl: *mut SSL, cb: SSL_psk_server_cb_func) {
    // SAFETY: the caller's promise.
    unsafe { own(ssl, |i| i.psk_server = cb.is_some()) }
}

/// As `SSL_CTX_set_psk_use_session_callback`: never called.
/// `SSL_set_psk_use_session_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_use_session_callback(_s: *mut SSL, _cb: SSL_psk_use_session_cb_func) {}

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
