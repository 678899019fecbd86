//! TLS 1.3 early data.

use libc::*;

use crate::ffi::handle::borrow;
use crate::ffi::types::*;
use crate::ffi::{guard, unwritten};
use crate::session::Session;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_max_early_data(_ctx: *const SSL_CTX) -> u32 {
    unwritten("SSL_CTX_get_max_early_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_recv_max_early_data(_ctx: *const SSL_CTX) -> u32 {
    unwritten("SSL_CTX_get_recv_max_early_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_allow_early_data_cb(
    _ctx: *mut SSL_CTX,
    _cb: SSL_allow_early_data_cb_fn,
    _arg: *mut c_void,
) {
    unwritten("SSL_CTX_set_allow_early_data_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_max_early_data(_ctx: *mut SSL_CTX, _max_early_data: u32) -> c_int {
    unwritten("SSL_CTX_set_max_early_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_recv_max_early_data(_ctx: *mut SSL_CTX, _recv_max_early_data: u32) -> c_int {
    unwritten("SSL_CTX_set_recv_max_early_data", 0)
}

/// How many bytes of early data the session's server accepts; 0 for NULL.
/// `SSL_SESSION_get_max_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_max_early_data(s: *const SSL_SESSION) -> u32 {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { borrow::<Session>(s) }.map_or(0, |s| s.read(|fields| fields.max_early_data)))
}

/// Sets how many bytes of early data the session's server accepts: 1, or 0 for
/// NULL. `SSL_SESSION_set_max_early_data(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_max_early_data(s: *mut SSL_SESSION, max_early_data: u32) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { borrow::<Session>(s) }) else { return 0 };
        s.update(|fields| fields.max_early_data = max_early_data);
        1
    })
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_early_data_status(_s: *const SSL) -> c_int {
    unwritten("SSL_get_early_data_status", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_max_early_data(_s: *const SSL) -> u32 {
    unwritten("SSL_get_max_early_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_recv_max_early_data(_s: *const SSL) -> u32 {
    unwritten("SSL_get_recv_max_early_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_read_early_data(
    _s: *mut SSL,
    _buf: *mut c_void,
    _num: size_t,
    _readbytes: *mut size_t,
) -> c_int {
    unwritten("SSL_read_early_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_allow_early_data_cb(_s: *mut SSL, _cb: SSL_allow_early_data_cb_fn, _arg: *mut c_void) {
    unwritten("SSL_set_allow_early_data_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_max_early_data(_s: *mut SSL, _max_early_data: u32) -> c_int {
    unwritten("SSL_set_max_early_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_recv_max_early_data(_s: *mut SSL, _recv_max_early_data: u32) -> c_int {
    unwritten("SSL_set_recv_max_early_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_write_early_data(
    _s: *mut SSL,
    _buf: *const c_void,
    _num: size_t,
    _written: *mut size_t,
) -> c_int {
    unwritten("SSL_write_early_data", 0)
}
