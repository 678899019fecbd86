//! Security levels: `SSL_CTX_set_security_level(3)`.
//!
//! A level bounds the ciphers, groups and signatures of a handshake and the keys
//! of certificates. A security callback judges in its place.

use libc::*;

use crate::boundary::Callback;
use crate::connection::Connection;
use crate::context::cipher::Cipher;
use crate::context::security::allowed_at;
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

/// OpenSSL's default security callback: by the level of `s` or of `ctx`.
///
/// # Safety
/// `s` and `ctx` are NULL or live; `other` is what `op` says.
unsafe extern "C" fn judge_by_level(
    s: *const SSL,
    ctx: *const SSL_CTX,
    op: c_int,
    bits: c_int,
    nid: c_int,
    other: *mut c_void,
    _ex: *mut c_void,
) -> c_int {
    const OTHER_TYPE: c_int = 0xffff_0000_u32 as c_int;
    const OTHER_CIPHER: c_int = 1 << 16;
    // SAFETY: the caller's promise; every SSL_CIPHER is one of our statics.
    unsafe {
        let level = if s.is_null() { SSL_CTX_get_security_level(ctx) } else { SSL_get_security_level(s) };
        let cipher = if op & OTHER_TYPE == OTHER_CIPHER { other.cast::<Cipher>().as_ref() } else { None };
        guard(0, || allowed_at(level, op, bits, nid, cipher).into())
    }
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

/// The security callback; when the application set none, the one that judges by
/// the level, which the application may call.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_security_callback(
    ctx: *const SSL_CTX,
) -> Option<unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int> {
    // SAFETY: the caller's promise.
    unsafe {
        of_context(ctx, None, |settings| {
            settings.security_callback.function.map(Callback::to_c).or(Some(judge_by_level))
        })
    }
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

/// Sets the security callback, which judges what may be used: it is called with
/// the SSL, or with the SSL_CTX before there is one, and answers 1 or 0. NULL
/// judges by the level.
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
    unsafe { of_context(ctx, (), |settings| settings.security_callback.function = Callback::from_c(cb)) }
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
    unsafe {
        of_connection(s, None, |settings| {
            settings.security_callback.function.map(Callback::to_c).or(Some(judge_by_level))
        })
    }
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
    unsafe { of_connection(s, (), |settings| settings.security_callback.function = Callback::from_c(cb)) }
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
