//! SRTP: profiles are kept as OpenSSL keeps them. Only DTLS offers them, so none
//! is ever selected.

use std::ffi::CStr;

use libc::*;

use super::{connection, context};
use crate::context::srtp::Profiles;
use crate::ffi::guard;
use crate::ffi::types::*;
use crate::libcrypto::err;

/// Sets `list` from the names in `profiles`: 0 (this family's success), or 1
/// with an error.
///
/// # Safety
/// `profiles` is NULL or a C string.
unsafe fn set(list: Option<&Profiles>, profiles: *const c_char) -> c_int {
    let Some(list) = list else { return 1 };
    if profiles.is_null() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
        return 1;
    }
    // SAFETY: not NULL, so a C string.
    match list.set(unsafe { CStr::from_ptr(profiles) }) {
        Ok(()) => 0,
        Err(reason) => {
            err::raise(reason);
            1
        }
    }
}

/// The profiles of connections made with `ctx`: names joined by colons. 0 on
/// success (!), 1 with an error for a name that is unknown or there twice.
/// `SSL_CTX_set_tlsext_use_srtp(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `profiles` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_tlsext_use_srtp(ctx: *mut SSL_CTX, profiles: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    guard(1, || unsafe { set(context(ctx).map(|ctx| &ctx.srtp), profiles) })
}

/// The profile that was negotiated: NULL, as on every connection that is not
/// DTLS. `SSL_get_selected_srtp_profile(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_selected_srtp_profile(_s: *mut SSL) -> *mut SRTP_PROTECTION_PROFILE {
    std::ptr::null_mut()
}

/// The connection's profiles, or its SSL_CTX's, which keep them; NULL when none
/// were set, and for NULL. `SSL_get_srtp_profiles(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_srtp_profiles(ssl: *mut SSL) -> *mut stack_st_SRTP_PROTECTION_PROFILE {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { crate::ffi::handle::borrow::<crate::connection::Connection>(ssl) }) else {
            return std::ptr::null_mut();
        };
        let own = connection.srtp.as_ptr();
        if own.is_null() { connection.context.borrow().srtp.as_ptr() } else { own }
    })
}

/// As `SSL_CTX_set_tlsext_use_srtp`, for one connection.
/// `SSL_set_tlsext_use_srtp(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `profiles` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_tlsext_use_srtp(ssl: *mut SSL, profiles: *const c_char) -> c_int {
    // SAFETY: the caller's promise.
    guard(1, || unsafe { set(connection(ssl).as_deref().map(|ssl| &ssl.srtp), profiles) })
}
