//! Asynchronous jobs: no operation here is asynchronous.

use libc::*;

use crate::ffi::types::*;

/// Would be told that an asynchronous job can go on. 1, and never called: no
/// operation here is asynchronous. `SSL_CTX_set_async_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_async_callback(_ctx: *mut SSL_CTX, _callback: SSL_async_callback_fn) -> c_int {
    1
}

/// The argument of that callback. 1, without effect.
/// `SSL_CTX_set_async_callback_arg(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_async_callback_arg(_ctx: *mut SSL_CTX, _arg: *mut c_void) -> c_int {
    1
}

/// The file descriptors that a job waits for. 0: there is never a job.
/// `SSL_get_all_async_fds(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_all_async_fds(_s: *mut SSL, _fds: *mut c_int, _numfds: *mut size_t) -> c_int {
    0
}

/// The status of a job. 0: there is never a job. `SSL_get_async_status(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_async_status(_s: *mut SSL, _status: *mut c_int) -> c_int {
    0
}

/// The file descriptors that a job has changed. 0: there is never a job.
/// `SSL_get_changed_async_fds(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_changed_async_fds(
    _s: *mut SSL,
    _addfd: *mut c_int,
    _numaddfds: *mut size_t,
    _delfd: *mut c_int,
    _numdelfds: *mut size_t,
) -> c_int {
    0
}

/// As `SSL_CTX_set_async_callback`. 1, and never called.
/// `SSL_set_async_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_async_callback(_s: *mut SSL, _callback: SSL_async_callback_fn) -> c_int {
    1
}

/// The argument of that callback. 1, without effect.
/// `SSL_set_async_callback_arg(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_async_callback_arg(_s: *mut SSL, _arg: *mut c_void) -> c_int {
    1
}

/// Whether a job waits for something. 0: there is never a job.
/// `SSL_waiting_for_async(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_waiting_for_async(_s: *mut SSL) -> c_int {
    0
}
