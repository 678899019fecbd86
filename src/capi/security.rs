//! Security levels.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_security_ex_data(_ctx: *const SSL_CTX) -> *mut c_void {
    unwritten("SSL_CTX_get0_security_ex_data", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_security_callback(
    _ctx: *const SSL_CTX,
) -> Option<unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int> {
    unwritten("SSL_CTX_get_security_callback", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_security_level(_ctx: *const SSL_CTX) -> c_int {
    unwritten("SSL_CTX_get_security_level", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set0_security_ex_data(_ctx: *mut SSL_CTX, _ex: *mut c_void) {
    unwritten("SSL_CTX_set0_security_ex_data", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_security_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<
        unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int,
    >,
) {
    unwritten("SSL_CTX_set_security_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_security_level(_ctx: *mut SSL_CTX, _level: c_int) {
    unwritten("SSL_CTX_set_security_level", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_security_ex_data(_s: *const SSL) -> *mut c_void {
    unwritten("SSL_get0_security_ex_data", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_security_callback(
    _s: *const SSL,
) -> Option<unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int> {
    unwritten("SSL_get_security_callback", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_security_level(_s: *const SSL) -> c_int {
    unwritten("SSL_get_security_level", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_security_ex_data(_s: *mut SSL, _ex: *mut c_void) {
    unwritten("SSL_set0_security_ex_data", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_security_callback(
    _s: *mut SSL,
    _cb: Option<
        unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int,
    >,
) {
    unwritten("SSL_set_security_callback", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_security_level(_s: *mut SSL, _level: c_int) {
    unwritten("SSL_set_security_level", ())
}
