//! Security levels: `SSL_CTX_set_security_level(3)`.
//!
//! A level bounds the ciphers and groups of a handshake and the keys of
//! certificates. A security callback is kept but never asked: what rustls
//! negotiates is decided before it could be.

use libc::*;

use crate::connection::Connection;
use crate::context::callbacks::SecurityCallback;
use crate::context::{Context, Settings};
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::err;

/// Reads the settings of an SSL_CTX; `failure` for NULL, an error on the queue.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
unsafe fn of_context<R>(ctx: *const SSL_CTX, failure: R, work: impl FnOnce(&mut Settings) -> R) -> R
where
    R: Copy,
{
    guard(failure, || {
        // SAFETY: the caller's promise.
        match unsafe { ffi::handle::borrow::<Context>(ctx) } {
            Some(ctx) => ctx.update(work),
            None => {
                err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
                failure
            }
        }
    })
}

/// As [`of_context`], for an SSL.
///
/// # Safety
/// `s` is NULL or a live SSL.
unsafe fn of_connection<R>(s: *const SSL, failure: R, work: impl FnOnce(&mut Settings) -> R) -> R
where
    R: Copy,
{
    guard(failure, || {
        // SAFETY: the caller's promise.
        match unsafe { ffi::handle::borrow::<Connection>(s) } {
            Some(ssl) => work(&mut ssl.settings.borrow_mut()),
            None => {
                err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
                failure
            }
        }
    })
}

/// The argument of the security callback.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_security_ex_data(ctx: *const SSL_CTX) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { of_context(ctx, std::ptr::null_mut(), |settings| settings.security_callback.arg) }
}

/// The security callback, NULL when the application set none.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_security_callback(
    ctx: *const SSL_CTX,
) -> Option<unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int> {
    // SAFETY: the caller's promise.
    unsafe { of_context(ctx, None::<SecurityCallback>, |settings| settings.security_callback.function) }
}

/// The security level.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_security_level(ctx: *const SSL_CTX) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { of_context(ctx, 0, |settings| settings.security_level) }
}

/// Sets the argument of the security callback, which stays the caller's.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set0_security_ex_data(ctx: *mut SSL_CTX, ex: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { of_context(ctx, (), |settings| settings.security_callback.arg = ex) }
}

/// Keeps the security callback; it is never called.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_security_callback(
    ctx: *mut SSL_CTX,
    cb: Option<
        unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int,
    >,
) {
    // SAFETY: the caller's promise.
    unsafe { of_context(ctx, (), |settings| settings.security_callback.function = cb) }
}

/// Sets the security level, unchecked.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_security_level(ctx: *mut SSL_CTX, level: c_int) {
    // SAFETY: the caller's promise.
    unsafe { of_context(ctx, (), |settings| settings.security_level = level) }
}

/// As `SSL_CTX_get0_security_ex_data`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_security_ex_data(s: *const SSL) -> *mut c_void {
    // SAFETY: the caller's promise.
    unsafe { of_connection(s, std::ptr::null_mut(), |settings| settings.security_callback.arg) }
}

/// As `SSL_CTX_get_security_callback`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_security_callback(
    s: *const SSL,
) -> Option<unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int> {
    // SAFETY: the caller's promise.
    unsafe { of_connection(s, None::<SecurityCallback>, |settings| settings.security_callback.function) }
}

/// As `SSL_CTX_get_security_level`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_security_level(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { of_connection(s, 0, |settings| settings.security_level) }
}

/// As `SSL_CTX_set0_security_ex_data`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_security_ex_data(s: *mut SSL, ex: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { of_connection(s, (), |settings| settings.security_callback.arg = ex) }
}

/// As `SSL_CTX_set_security_callback`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_security_callback(
    s: *mut SSL,
    cb: Option<
        unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int,
    >,
) {
    // SAFETY: the caller's promise.
    unsafe { of_connection(s, (), |settings| settings.security_callback.function = cb) }
}

/// As `SSL_CTX_set_security_level`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_security_level(s: *mut SSL, level: c_int) {
    // SAFETY: the caller's promise.
    unsafe { of_connection(s, (), |settings| settings.security_level = level) }
}
