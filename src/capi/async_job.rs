//! Asynchronous jobs: no operation here is asynchronous, so a connection in
//! `SSL_MODE_ASYNC` waits for nothing, as with an engine that never pauses.

use libc::*;

use super::{connection, context};
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::async_wait::WaitContext;

/// Would be told that an asynchronous job can go on. 1, and never called: no
/// operation here is asynchronous; 0 for NULL. `SSL_CTX_set_async_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_async_callback(ctx: *mut SSL_CTX, _callback: SSL_async_callback_fn) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.is_some().into())
}

/// The argument of that callback. 1, without effect; 0 for NULL.
/// `SSL_CTX_set_async_callback_arg(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_async_callback_arg(ctx: *mut SSL_CTX, _arg: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.is_some().into())
}

/// The file descriptors that a job waits for: 1 and none of them once the connection
/// has been used in `SSL_MODE_ASYNC`, otherwise 0. `SSL_get_all_async_fds(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `fds` is NULL or writable, `numfds` writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_all_async_fds(s: *mut SSL, fds: *mut c_int, numfds: *mut size_t) -> c_int {
    let mut none = 0;
    let count = if numfds.is_null() { &raw mut none } else { numfds };
    // SAFETY: the caller's promise.
    unsafe { waiting(s, |wait| wait.all_fds(fds, count)) }
}

/// The status of a job: 1 and `ASYNC_STATUS_UNSUPPORTED` (0) once the connection has been
/// used in `SSL_MODE_ASYNC`, otherwise 0. `SSL_get_async_status(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `status` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_async_status(s: *mut SSL, status: *mut c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        waiting(s, |wait| {
            ffi::write(status, wait.status());
            1
        })
    }
}

/// The file descriptors that a job has changed, as [`SSL_get_all_async_fds`].
/// `SSL_get_changed_async_fds(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `addfd` and `delfd` are NULL or writable, the counts
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_changed_async_fds(
    s: *mut SSL,
    addfd: *mut c_int,
    numaddfds: *mut size_t,
    delfd: *mut c_int,
    numdelfds: *mut size_t,
) -> c_int {
    let (mut added, mut deleted) = (0, 0);
    let added = if numaddfds.is_null() { &raw mut added } else { numaddfds };
    let deleted = if numdelfds.is_null() { &raw mut deleted } else { numdelfds };
    // SAFETY: the caller's promise.
    unsafe { waiting(s, |wait| wait.changed_fds((addfd, added), (delfd, deleted))) }
}

/// What `answer` makes of the connection's wait context; 0 without one.
///
/// # Safety
/// `s` is NULL or a live SSL.
unsafe fn waiting(s: *const SSL, answer: impl FnOnce(&WaitContext) -> c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let connection = unsafe { connection(s) };
        connection.map_or(0, |connection| connection.wait.borrow().as_ref().map_or(0, answer))
    })
}

/// As `SSL_CTX_set_async_callback`. 1, and never called; 0 for NULL.
/// `SSL_set_async_callback(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_async_callback(s: *mut SSL, _callback: SSL_async_callback_fn) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.is_some().into())
}

/// The argument of that callback. 1, without effect; 0 for NULL.
/// `SSL_set_async_callback_arg(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_async_callback_arg(s: *mut SSL, _arg: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.is_some().into())
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
