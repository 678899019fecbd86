//! Info, message and key log callbacks; padding.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_info_callback(
    _ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*const SSL, c_int, c_int)> {
    unwritten("SSL_CTX_get_info_callback", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_keylog_callback(_ctx: *const SSL_CTX) -> SSL_CTX_keylog_cb_func {
    unwritten("SSL_CTX_get_keylog_callback", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_record_padding_callback_arg(_ctx: *const SSL_CTX) -> *mut c_void {
    unwritten("SSL_CTX_get_record_padding_callback_arg", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set0_tmp_dh_pkey(_ctx: *mut SSL_CTX, _dhpkey: *mut EVP_PKEY) -> c_int {
    unwritten("SSL_CTX_set0_tmp_dh_pkey", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_block_padding(_ctx: *mut SSL_CTX, _block_size: size_t) -> c_int {
    unwritten("SSL_CTX_set_block_padding", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_info_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(*const SSL, c_int, c_int)>,
) {
    unwritten("SSL_CTX_set_info_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_keylog_callback(_ctx: *mut SSL_CTX, _cb: SSL_CTX_keylog_cb_func) {
    unwritten("SSL_CTX_set_keylog_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_msg_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(c_int, c_int, c_int, *const c_void, size_t, *mut SSL, *mut c_void)>,
) {
    unwritten("SSL_CTX_set_msg_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_record_padding_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(*mut SSL, c_int, size_t, *mut c_void) -> size_t>,
) {
    unwritten("SSL_CTX_set_record_padding_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_record_padding_callback_arg(_ctx: *mut SSL_CTX, _arg: *mut c_void) {
    unwritten("SSL_CTX_set_record_padding_callback_arg", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_tmp_dh_callback(
    _ctx: *mut SSL_CTX,
    _dh: Option<unsafe extern "C" fn(*mut SSL, c_int, c_int) -> *mut DH>,
) {
    unwritten("SSL_CTX_set_tmp_dh_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_info_callback(
    _ssl: *const SSL,
) -> Option<unsafe extern "C" fn(*const SSL, c_int, c_int)> {
    unwritten("SSL_get_info_callback", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_record_padding_callback_arg(_ssl: *const SSL) -> *mut c_void {
    unwritten("SSL_get_record_padding_callback_arg", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_tmp_dh_pkey(_s: *mut SSL, _dhpkey: *mut EVP_PKEY) -> c_int {
    unwritten("SSL_set0_tmp_dh_pkey", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_block_padding(_ssl: *mut SSL, _block_size: size_t) -> c_int {
    unwritten("SSL_set_block_padding", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_debug(_s: *mut SSL, _debug: c_int) {
    unwritten("SSL_set_debug", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_info_callback(
    _ssl: *mut SSL,
    _cb: Option<unsafe extern "C" fn(*const SSL, c_int, c_int)>,
) {
    unwritten("SSL_set_info_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_msg_callback(
    _ssl: *mut SSL,
    _cb: Option<unsafe extern "C" fn(c_int, c_int, c_int, *const c_void, size_t, *mut SSL, *mut c_void)>,
) {
    unwritten("SSL_set_msg_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_record_padding_callback(
    _ssl: *mut SSL,
    _cb: Option<unsafe extern "C" fn(*mut SSL, c_int, size_t, *mut c_void) -> size_t>,
) -> c_int {
    unwritten("SSL_set_record_padding_callback", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_record_padding_callback_arg(_ssl: *mut SSL, _arg: *mut c_void) {
    unwritten("SSL_set_record_padding_callback_arg", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_tmp_dh_callback(
    _ssl: *mut SSL,
    _dh: Option<unsafe extern "C" fn(*mut SSL, c_int, c_int) -> *mut DH>,
) {
    unwritten("SSL_set_tmp_dh_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_trace(
    _write_p: c_int,
    _version: c_int,
    _content_type: c_int,
    _buf: *const c_void,
    _len: size_t,
    _ssl: *mut SSL,
    _arg: *mut c_void,
) {
    unwritten("SSL_trace", ())
}
