//! External PSKs: refused.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_client_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_client_cb_func) {
    unwritten("SSL_CTX_set_psk_client_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_find_session_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_find_session_cb_func) {
    unwritten("SSL_CTX_set_psk_find_session_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_server_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_server_cb_func) {
    unwritten("SSL_CTX_set_psk_server_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_psk_use_session_callback(_ctx: *mut SSL_CTX, _cb: SSL_psk_use_session_cb_func) {
    unwritten("SSL_CTX_set_psk_use_session_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_psk_identity_hint(_ctx: *mut SSL_CTX, _identity_hint: *const c_char) -> c_int {
    unwritten("SSL_CTX_use_psk_identity_hint", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_psk_identity(_s: *const SSL) -> *const c_char {
    unwritten("SSL_get_psk_identity", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_psk_identity_hint(_s: *const SSL) -> *const c_char {
    unwritten("SSL_get_psk_identity_hint", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_client_callback(_ssl: *mut SSL, _cb: SSL_psk_client_cb_func) {
    unwritten("SSL_set_psk_client_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_find_session_callback(_s: *mut SSL, _cb: SSL_psk_find_session_cb_func) {
    unwritten("SSL_set_psk_find_session_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_server_callback(_ssl: *mut SSL, _cb: SSL_psk_server_cb_func) {
    unwritten("SSL_set_psk_server_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_psk_use_session_callback(_s: *mut SSL, _cb: SSL_psk_use_session_cb_func) {
    unwritten("SSL_set_psk_use_session_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_psk_identity_hint(_s: *mut SSL, _identity_hint: *const c_char) -> c_int {
    unwritten("SSL_use_psk_identity_hint", 0)
}
