//! SRTP: refused.

use libc::*;

use crate::ffi::refused;
use crate::ffi::types::*;

/// Would offer SRTP profiles. Refused, 1 (this function's failure) with an
/// error: SRTP needs DTLS. `SSL_CTX_set_tlsext_use_srtp(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_tlsext_use_srtp(_ctx: *mut SSL_CTX, _profiles: *const c_char) -> c_int {
    refused("SSL_CTX_set_tlsext_use_srtp", 1)
}

/// The profile that was negotiated. NULL: never one.
/// `SSL_get_selected_srtp_profile(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_selected_srtp_profile(_s: *mut SSL) -> *mut SRTP_PROTECTION_PROFILE {
    std::ptr::null_mut()
}

/// The profiles on offer. NULL: never any. `SSL_get_srtp_profiles(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_srtp_profiles(_ssl: *mut SSL) -> *mut stack_st_SRTP_PROTECTION_PROFILE {
    std::ptr::null_mut()
}

/// As `SSL_CTX_set_tlsext_use_srtp`: refused, 1 with an error.
/// `SSL_set_tlsext_use_srtp(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_tlsext_use_srtp(_ssl: *mut SSL, _profiles: *const c_char) -> c_int {
    refused("SSL_set_tlsext_use_srtp", 1)
}
