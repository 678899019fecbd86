//! External PSKs: refused.

use libc::*;

use crate::ffi::refused;
use crate::ffi::types::*;

/// Would supply a client's external pre-shared key. Never called: rustls has
/// none. `SSL_CTX_set_psk_client_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_client_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_client_cb_func) {}

/// Would find the session of an external pre-shared key. Never called: rustls
/// has none. `SSL_CTX_set_psk_find_session_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_find_session_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_find_session_cb_func) {}

/// Would supply a server's external pre-shared key. Never called: rustls has
/// none. `SSL_CTX_set_psk_server_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_server_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_server_cb_func) {}

/// Would choose the session of an external pre-shared key. Never called: rustls
/// has none. `SSL_CTX_set_psk_use_session_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_use_session_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_use_session_cb_func) {}

/// A server's hint which pre-shared key to use. 1 for NULL, which takes it
/// back; otherwise 0 with an error: rustls has no external pre-shared keys.
/// `SSL_CTX_use_psk_identity_hint(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_psk_identity_hint(_ctx: *mut SSL_CTX, identity_hint: *const c_char) -> c_int {
    if identity_hint.is_null() { 1 } else { refused("SSL_CTX_use_psk_identity_hint", 0) }
}

/// The identity of the pre-shared key in use. NULL: there is never one.
/// `SSL_get_psk_identity(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_psk_identity(_s: *const SSL) -> *const c_char {
    std::ptr::null()
}

/// The server's hint. NULL: there is never one. `SSL_get_psk_identity_hint(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_psk_identity_hint(_s: *const SSL) -> *const c_char {
    std::ptr::null()
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
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_find_session_callback(_s: *mut SSL, _cb: SSL_psk_find_session_cb_func) {}

/// As `SSL_CTX_set_psk_server_callback`: never called.
/// `SSL_set_psk_server_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_server_callback(_ssl: *mut SSL, _cb: SSL_psk_server_cb_func) {}

/// As `SSL_CTX_set_psk_use_session_callback`: never called.
/// `SSL_set_psk_use_session_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_use_session_callback(_s: *mut SSL, _cb: SSL_psk_use_session_cb_func) {}

/// As `SSL_CTX_use_psk_identity_hint`. `SSL_use_psk_identity_hint(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_psk_identity_hint(_s: *mut SSL, identity_hint: *const c_char) -> c_int {
    if identity_hint.is_null() { 1 } else { refused("SSL_use_psk_identity_hint", 0) }
}
