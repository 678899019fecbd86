//! `SSL` objects: `SSL_new(3)`, BIOs, options, ex_data.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_clear(_s: *mut SSL) -> c_int {
    unwritten("SSL_clear", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_clear_options(_s: *mut SSL, _op: u64) -> u64 {
    unwritten("SSL_clear_options", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dup(_ssl: *mut SSL) -> *mut SSL {
    unwritten("SSL_dup", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_free(_ssl: *mut SSL) {
    unwritten("SSL_free", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_verified_chain(_s: *const SSL) -> *mut stack_st_X509 {
    unwritten("SSL_get0_verified_chain", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_SSL_CTX(_ssl: *const SSL) -> *mut SSL_CTX {
    unwritten("SSL_get_SSL_CTX", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_ex_data(_ssl: *const SSL, _idx: c_int) -> *mut c_void {
    unwritten("SSL_get_ex_data", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_fd(_s: *const SSL) -> c_int {
    unwritten("SSL_get_fd", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_options(_s: *const SSL) -> u64 {
    unwritten("SSL_get_options", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_quiet_shutdown(_ssl: *const SSL) -> c_int {
    unwritten("SSL_get_quiet_shutdown", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_rbio(_s: *const SSL) -> *mut BIO {
    unwritten("SSL_get_rbio", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_rfd(_s: *const SSL) -> c_int {
    unwritten("SSL_get_rfd", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_wbio(_s: *const SSL) -> *mut BIO {
    unwritten("SSL_get_wbio", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_wfd(_s: *const SSL) -> c_int {
    unwritten("SSL_get_wfd", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_new(_ctx: *mut SSL_CTX) -> *mut SSL {
    unwritten("SSL_new", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_rbio(_s: *mut SSL, _rbio: *mut BIO) {
    unwritten("SSL_set0_rbio", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_wbio(_s: *mut SSL, _wbio: *mut BIO) {
    unwritten("SSL_set0_wbio", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_SSL_CTX(_ssl: *mut SSL, _ctx: *mut SSL_CTX) -> *mut SSL_CTX {
    unwritten("SSL_set_SSL_CTX", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_bio(_s: *mut SSL, _rbio: *mut BIO, _wbio: *mut BIO) {
    unwritten("SSL_set_bio", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_ex_data(_ssl: *mut SSL, _idx: c_int, _data: *mut c_void) -> c_int {
    unwritten("SSL_set_ex_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_fd(_s: *mut SSL, _fd: c_int) -> c_int {
    unwritten("SSL_set_fd", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_options(_s: *mut SSL, _op: u64) -> u64 {
    unwritten("SSL_set_options", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_quiet_shutdown(_ssl: *mut SSL, _mode: c_int) {
    unwritten("SSL_set_quiet_shutdown", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_rfd(_s: *mut SSL, _fd: c_int) -> c_int {
    unwritten("SSL_set_rfd", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_wfd(_s: *mut SSL, _fd: c_int) -> c_int {
    unwritten("SSL_set_wfd", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_up_ref(_s: *mut SSL) -> c_int {
    unwritten("SSL_up_ref", 0)
}
