//! Certificate Transparency.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::{guard, refused};

unsafe extern "C" {
    fn CTLOG_STORE_free(store: *mut CTLOG_STORE);
}

/// Whether Certificate Transparency is checked. 0: never.
/// `SSL_CTX_ct_is_enabled(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_ct_is_enabled(_ctx: *const SSL_CTX) -> c_int {
    0
}

/// Would have servers' SCTs checked. Refused, 0 with an error: rustls does not
/// ask for them. `SSL_CTX_enable_ct(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_enable_ct(_ctx: *mut SSL_CTX, _validation_mode: c_int) -> c_int {
    refused("SSL_CTX_enable_ct", 0)
}

/// The known logs. NULL: none are kept. `SSL_CTX_get0_ctlog_store(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_ctlog_store(_ctx: *const SSL_CTX) -> *const CTLOG_STORE {
    std::ptr::null()
}

/// Takes over known logs, and frees them: nothing uses them.
/// `SSL_CTX_set0_ctlog_store(3)`.
///
/// # Safety
/// `logs` is NULL or a store that the caller gives up.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set0_ctlog_store(_ctx: *mut SSL_CTX, logs: *mut CTLOG_STORE) {
    guard((), || {
        // SAFETY: the caller gives them up.
        unsafe { CTLOG_STORE_free(logs) };
    })
}

/// Would judge servers' SCTs. 1 for NULL; otherwise refused, 0 with an error.
/// `SSL_CTX_set_ct_validation_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ct_validation_callback(
    _ctx: *mut SSL_CTX,
    callback: ssl_ct_validation_cb,
    _arg: *mut c_void,
) -> c_int {
    if callback.is_none() { 1 } else { refused("SSL_CTX_set_ct_validation_callback", 0) }
}

/// Would load known logs. Refused, 0 with an error.
/// `SSL_CTX_set_ctlog_list_file(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ctlog_list_file(_ctx: *mut SSL_CTX, _path: *const c_char) -> c_int {
    refused("SSL_CTX_set_ctlog_list_file", 0)
}

/// Would load the default list of known logs. Refused, 0 with an error.
/// `SSL_CTX_set_default_ctlog_list_file(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_ctlog_list_file(_ctx: *mut SSL_CTX) -> c_int {
    refused("SSL_CTX_set_default_ctlog_list_file", 0)
}

/// Whether Certificate Transparency is checked. 0: never.
/// `SSL_ct_is_enabled(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_ct_is_enabled(_s: *const SSL) -> c_int {
    0
}

/// Would have the server's SCTs checked. Refused, 0 with an error: rustls does
/// not ask for them. `SSL_enable_ct(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_enable_ct(_s: *mut SSL, _validation_mode: c_int) -> c_int {
    refused("SSL_enable_ct", 0)
}

/// The server's SCTs. NULL: rustls does not ask for them.
/// `SSL_get0_peer_scts(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_peer_scts(_s: *mut SSL) -> *const stack_st_SCT {
    std::ptr::null()
}

/// Would judge the server's SCTs. 1 for NULL; otherwise refused, 0 with an
/// error. `SSL_set_ct_validation_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_ct_validation_callback(
    _s: *mut SSL,
    callback: ssl_ct_validation_cb,
    _arg: *mut c_void,
) -> c_int {
    if callback.is_none() { 1 } else { refused("SSL_set_ct_validation_callback", 0) }
}
