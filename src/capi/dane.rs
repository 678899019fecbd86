//! DANE.

use libc::*;

use crate::ffi::refused;
use crate::ffi::types::*;
use crate::libcrypto::err::raise;
use crate::reason;

/// DANE's flags before the change: 0, there are none.
/// `SSL_CTX_dane_clear_flags(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_dane_clear_flags(_ctx: *mut SSL_CTX, _flags: c_ulong) -> c_ulong {
    0
}

/// Would allow DANE on connections. Refused, 0 with an error.
/// `SSL_CTX_dane_enable(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_dane_enable(_ctx: *mut SSL_CTX) -> c_int {
    refused("SSL_CTX_dane_enable", 0)
}

/// Would set the digest of a matching type. Refused, 0 with an error.
/// `SSL_CTX_dane_mtype_set(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_dane_mtype_set(_ctx: *mut SSL_CTX, _md: *const EVP_MD, _mtype: u8, _ord: u8) -> c_int {
    refused("SSL_CTX_dane_mtype_set", 0)
}

/// DANE's flags before the change: 0, there are none.
/// `SSL_CTX_dane_set_flags(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_dane_set_flags(_ctx: *mut SSL_CTX, _flags: c_ulong) -> c_ulong {
    0
}

/// DANE's flags before the change: 0, there are none.
/// `SSL_dane_clear_flags(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dane_clear_flags(_ssl: *mut SSL, _flags: c_ulong) -> c_ulong {
    0
}

/// Would verify the server by TLSA records. 0 with OpenSSL's error for a
/// context without DANE. `SSL_dane_enable(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dane_enable(_s: *mut SSL, _basedomain: *const c_char) -> c_int {
    raise(reason::CONTEXT_NOT_DANE_ENABLED);
    0
}

/// DANE's flags before the change: 0, there are none. `SSL_dane_set_flags(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dane_set_flags(_ssl: *mut SSL, _flags: c_ulong) -> c_ulong {
    0
}

/// Would add a TLSA record. -1 with OpenSSL's error for a connection without
/// DANE. `SSL_dane_tlsa_add(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dane_tlsa_add(
    _s: *mut SSL,
    _usage: u8,
    _selector: u8,
    _mtype: u8,
    _data: *const c_uchar,
    _dlen: size_t,
) -> c_int {
    raise(reason::DANE_NOT_ENABLED);
    -1
}

/// DANE's state. NULL: there is none. `SSL_get0_dane(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_dane(_ssl: *mut SSL) -> *mut SSL_DANE {
    std::ptr::null_mut()
}

/// What matched a TLSA record. -1: nothing does. `SSL_get0_dane_authority(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_dane_authority(
    _s: *mut SSL,
    _mcert: *mut *mut X509,
    _mspki: *mut *mut EVP_PKEY,
) -> c_int {
    -1
}

/// The TLSA record that matched. -1: nothing does. `SSL_get0_dane_tlsa(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_dane_tlsa(
    _s: *mut SSL,
    _usage: *mut u8,
    _selector: *mut u8,
    _mtype: *mut u8,
    _data: *mut *const c_uchar,
    _dlen: *mut size_t,
) -> c_int {
    -1
}
