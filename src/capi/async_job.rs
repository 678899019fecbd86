//! Asynchronous jobs: refused.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_async_callback(_ctx: *mut SSL_CTX, _callback: SSL_async_callback_fn) -> c_int {
    unwritten("SSL_CTX_set_async_callback", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_async_callback_arg(_ctx: *mut SSL_CTX, _arg: *mut c_void) -> c_int {
    unwritten("SSL_CTX_set_async_callback_arg", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_all_async_fds(_s: *mut SSL, _fds: *mut c_int, _numfds: *mut size_t) -> c_int {
    unwritten("SSL_get_all_async_fds", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_async_status(_s: *mut SSL, _status: *mut c_int) -> c_int {
    unwritten("SSL_get_async_status", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_changed_async_fds(
    _s: *mut SSL,
    _addfd: *mut c_int,
    _numaddfds: *mut size_t,
    _delfd: *mut c_int,
    _numdelfds: *mut size_t,
) -> c_int {
    unwritten("SSL_get_changed_async_fds", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_async_callback(_s: *mut SSL, _callback: SSL_async_callback_fn) -> c_int {
    unwritten("SSL_set_async_callback", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_async_callback_arg(_s: *mut SSL, _arg: *mut c_void) -> c_int {
    unwritten("SSL_set_async_callback_arg", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_waiting_for_async(_s: *mut SSL) -> c_int {
    unwritten("SSL_waiting_for_async", 0)
}
