//! `SSL_CTX_set_client_hello_cb(3)`.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_client_hello_cb(_c: *mut SSL_CTX, _cb: SSL_client_hello_cb_fn, _arg: *mut c_void) {
    unwritten("SSL_CTX_set_client_hello_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_ext(
    _s: *mut SSL,
    _type_: c_uint,
    _out: *mut *const c_uchar,
    _outlen: *mut size_t,
) -> c_int {
    unwritten("SSL_client_hello_get0_ext", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_legacy_version(_s: *mut SSL) -> c_uint {
    unwritten("SSL_client_hello_get0_legacy_version", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_random(_s: *mut SSL, _out: *mut *const c_uchar) -> size_t {
    unwritten("SSL_client_hello_get0_random", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_session_id(_s: *mut SSL, _out: *mut *const c_uchar) -> size_t {
    unwritten("SSL_client_hello_get0_session_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get1_extensions_present(
    _s: *mut SSL,
    _out: *mut *mut c_int,
    _outlen: *mut size_t,
) -> c_int {
    unwritten("SSL_client_hello_get1_extensions_present", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_isv2(_s: *mut SSL) -> c_int {
    unwritten("SSL_client_hello_isv2", 0)
}
