//! SRP: refused.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::{self, refused};

/// Refused, 0 with an error: rustls has no SRP. `SRP_Calc_A_param(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SRP_Calc_A_param(_s: *mut SSL) -> c_int {
    refused("SRP_Calc_A_param", 0)
}

/// Frees SRP data: 1, there is none; 0 for NULL. `SSL_CTX_SRP_CTX_free(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_SRP_CTX_free(ctx: *mut SSL_CTX) -> c_int {
    c_int::from(!ctx.is_null())
}

/// Refused, 0 with an error: rustls has no SRP. `SSL_CTX_SRP_CTX_init(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_SRP_CTX_init(_ctx: *mut SSL_CTX) -> c_int {
    refused("SSL_CTX_SRP_CTX_init", 0)
}

/// Refused, 0 with an error: rustls has no SRP. `SSL_CTX_set_srp_cb_arg(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_srp_cb_arg(_ctx: *mut SSL_CTX, _arg: *mut c_void) -> c_int {
    refused("SSL_CTX_set_srp_cb_arg", 0)
}

/// Refused, 0 with an error: rustls has no SRP.
/// `SSL_CTX_set_srp_client_pwd_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_srp_client_pwd_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_void) -> *mut c_char>,
) -> c_int {
    refused("SSL_CTX_set_srp_client_pwd_callback", 0)
}

/// Refused, 0 with an error: rustls has no SRP. `SSL_CTX_set_srp_password(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_srp_password(_ctx: *mut SSL_CTX, _password: *mut c_char) -> c_int {
    refused("SSL_CTX_set_srp_password", 0)
}

/// Refused, 0 with an error: rustls has no SRP. `SSL_CTX_set_srp_strength(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_srp_strength(_ctx: *mut SSL_CTX, _strength: c_int) -> c_int {
    refused("SSL_CTX_set_srp_strength", 0)
}

/// Refused, 0 with an error: rustls has no SRP. `SSL_CTX_set_srp_username(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_srp_username(_ctx: *mut SSL_CTX, _name: *mut c_char) -> c_int {
    refused("SSL_CTX_set_srp_username", 0)
}

/// Refused, 0 with an error: rustls has no SRP.
/// `SSL_CTX_set_srp_username_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_srp_username_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_int, *mut c_void) -> c_int>,
) -> c_int {
    refused("SSL_CTX_set_srp_username_callback", 0)
}

/// Refused, 0 with an error: rustls has no SRP.
/// `SSL_CTX_set_srp_verify_param_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_srp_verify_param_callback(
    _ctx: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>,
) -> c_int {
    refused("SSL_CTX_set_srp_verify_param_callback", 0)
}

/// Frees SRP data: 1, there is none; 0 for NULL. `SSL_SRP_CTX_free(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SRP_CTX_free(ctx: *mut SSL) -> c_int {
    c_int::from(!ctx.is_null())
}

/// Refused, 0 with an error: rustls has no SRP. `SSL_SRP_CTX_init(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SRP_CTX_init(_s: *mut SSL) -> c_int {
    refused("SSL_SRP_CTX_init", 0)
}

/// NULL: rustls has no SRP. `SSL_get_srp_N(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_srp_N(_s: *mut SSL) -> *mut BIGNUM {
    std::ptr::null_mut()
}

/// NULL: rustls has no SRP. `SSL_get_srp_g(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_srp_g(_s: *mut SSL) -> *mut BIGNUM {
    std::ptr::null_mut()
}

/// NULL: rustls has no SRP. `SSL_get_srp_userinfo(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_srp_userinfo(_s: *mut SSL) -> *mut c_char {
    std::ptr::null_mut()
}

/// NULL: rustls has no SRP. `SSL_get_srp_username(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_srp_username(_s: *mut SSL) -> *mut c_char {
    std::ptr::null_mut()
}

/// Refused, -1 with an error: rustls has no SRP. `SSL_set_srp_server_param(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_srp_server_param(
    _s: *mut SSL,
    _N: *const BIGNUM,
    _g: *const BIGNUM,
    _sa: *mut BIGNUM,
    _v: *mut BIGNUM,
    _info: *mut c_char,
) -> c_int {
    refused("SSL_set_srp_server_param", -1)
}

/// Refused, -1 with an error: rustls has no SRP.
/// `SSL_set_srp_server_param_pw(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_srp_server_param_pw(
    _s: *mut SSL,
    _user: *const c_char,
    _pass: *const c_char,
    _grp: *const c_char,
) -> c_int {
    refused("SSL_set_srp_server_param_pw", -1)
}

/// Refused, 2 (a fatal alert, `SSL_AD_INTERNAL_ERROR` in `*ad`) with an error: rustls has
/// no SRP. `SSL_srp_server_param_with_username(3)`.
///
/// # Safety
/// `ad` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_srp_server_param_with_username(_s: *mut SSL, ad: *mut c_int) -> c_int {
    const INTERNAL_ERROR: c_int = 80;
    // SAFETY: the caller's promise.
    unsafe { ffi::write(ad, INTERNAL_ERROR) };
    refused("SSL_srp_server_param_with_username", 2)
}
