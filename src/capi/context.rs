//! `SSL_CTX`: `SSL_CTX_new(3)`, options, ex_data.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OPENSSL_init_ssl(_opts: u64, _settings: *const OPENSSL_INIT_SETTINGS) -> c_int {
    unwritten("OPENSSL_init_ssl", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_clear_options(_ctx: *mut SSL_CTX, _op: u64) -> u64 {
    unwritten("SSL_CTX_clear_options", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_free(_a: *mut SSL_CTX) {
    unwritten("SSL_CTX_free", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_ex_data(_ssl: *const SSL_CTX, _idx: c_int) -> *mut c_void {
    unwritten("SSL_CTX_get_ex_data", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_options(_ctx: *const SSL_CTX) -> u64 {
    unwritten("SSL_CTX_get_options", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_quiet_shutdown(_ctx: *const SSL_CTX) -> c_int {
    unwritten("SSL_CTX_get_quiet_shutdown", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_new(_meth: *const SSL_METHOD) -> *mut SSL_CTX {
    unwritten("SSL_CTX_new", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_new_ex(
    _libctx: *mut OSSL_LIB_CTX,
    _propq: *const c_char,
    _meth: *const SSL_METHOD,
) -> *mut SSL_CTX {
    unwritten("SSL_CTX_new_ex", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_read_buffer_len(_ctx: *mut SSL_CTX, _len: size_t) {
    unwritten("SSL_CTX_set_default_read_buffer_len", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ex_data(_ssl: *mut SSL_CTX, _idx: c_int, _data: *mut c_void) -> c_int {
    unwritten("SSL_CTX_set_ex_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_options(_ctx: *mut SSL_CTX, _op: u64) -> u64 {
    unwritten("SSL_CTX_set_options", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_post_handshake_auth(_ctx: *mut SSL_CTX, _val: c_int) {
    unwritten("SSL_CTX_set_post_handshake_auth", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_quiet_shutdown(_ctx: *mut SSL_CTX, _mode: c_int) {
    unwritten("SSL_CTX_set_quiet_shutdown", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ssl_version(_ctx: *mut SSL_CTX, _meth: *const SSL_METHOD) -> c_int {
    unwritten("SSL_CTX_set_ssl_version", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_up_ref(_ctx: *mut SSL_CTX) -> c_int {
    unwritten("SSL_CTX_up_ref", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_test_functions() -> *const openssl_ssl_test_functions {
    unwritten("SSL_test_functions", std::ptr::null())
}
