//! Cipher suites: `SSL_CIPHER_get_name(3)`, `SSL_CTX_set_cipher_list(3)`.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OPENSSL_cipher_name(_rfc_name: *const c_char) -> *const c_char {
    unwritten("OPENSSL_cipher_name", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OSSL_default_cipher_list() -> *const c_char {
    unwritten("OSSL_default_cipher_list", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OSSL_default_ciphersuites() -> *const c_char {
    unwritten("OSSL_default_ciphersuites", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_description(_a: *const SSL_CIPHER, _buf: *mut c_char, _size: c_int) -> *mut c_char {
    unwritten("SSL_CIPHER_description", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_find(_ssl: *mut SSL, _ptr: *const c_uchar) -> *const SSL_CIPHER {
    unwritten("SSL_CIPHER_find", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_auth_nid(_c: *const SSL_CIPHER) -> c_int {
    unwritten("SSL_CIPHER_get_auth_nid", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_bits(_c: *const SSL_CIPHER, _alg_bits: *mut c_int) -> c_int {
    unwritten("SSL_CIPHER_get_bits", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_cipher_nid(_c: *const SSL_CIPHER) -> c_int {
    unwritten("SSL_CIPHER_get_cipher_nid", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_digest_nid(_c: *const SSL_CIPHER) -> c_int {
    unwritten("SSL_CIPHER_get_digest_nid", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_handshake_digest(_c: *const SSL_CIPHER) -> *const EVP_MD {
    unwritten("SSL_CIPHER_get_handshake_digest", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_id(_c: *const SSL_CIPHER) -> u32 {
    unwritten("SSL_CIPHER_get_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_kx_nid(_c: *const SSL_CIPHER) -> c_int {
    unwritten("SSL_CIPHER_get_kx_nid", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_name(_c: *const SSL_CIPHER) -> *const c_char {
    unwritten("SSL_CIPHER_get_name", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_protocol_id(_c: *const SSL_CIPHER) -> u16 {
    unwritten("SSL_CIPHER_get_protocol_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_version(_c: *const SSL_CIPHER) -> *const c_char {
    unwritten("SSL_CIPHER_get_version", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_is_aead(_c: *const SSL_CIPHER) -> c_int {
    unwritten("SSL_CIPHER_is_aead", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_standard_name(_c: *const SSL_CIPHER) -> *const c_char {
    unwritten("SSL_CIPHER_standard_name", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_ciphers(_ctx: *const SSL_CTX) -> *mut stack_st_SSL_CIPHER {
    unwritten("SSL_CTX_get_ciphers", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cipher_list(_a: *mut SSL_CTX, _str_: *const c_char) -> c_int {
    unwritten("SSL_CTX_set_cipher_list", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ciphersuites(_ctx: *mut SSL_CTX, _str_: *const c_char) -> c_int {
    unwritten("SSL_CTX_set_ciphersuites", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_bytes_to_cipher_list(
    _s: *mut SSL,
    _bytes: *const c_uchar,
    _len: size_t,
    _isv2format: c_int,
    _sk: *mut *mut stack_st_SSL_CIPHER,
    _scsvs: *mut *mut stack_st_SSL_CIPHER,
) -> c_int {
    unwritten("SSL_bytes_to_cipher_list", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_ciphers(_s: *mut SSL, _out: *mut *const c_uchar) -> size_t {
    unwritten("SSL_client_hello_get0_ciphers", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get1_supported_ciphers(_s: *mut SSL) -> *mut stack_st_SSL_CIPHER {
    unwritten("SSL_get1_supported_ciphers", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_cipher_list(_s: *const SSL, _n: c_int) -> *const c_char {
    unwritten("SSL_get_cipher_list", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_ciphers(_s: *const SSL) -> *mut stack_st_SSL_CIPHER {
    unwritten("SSL_get_ciphers", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_client_ciphers(_s: *const SSL) -> *mut stack_st_SSL_CIPHER {
    unwritten("SSL_get_client_ciphers", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_current_cipher(_s: *const SSL) -> *const SSL_CIPHER {
    unwritten("SSL_get_current_cipher", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_pending_cipher(_s: *const SSL) -> *const SSL_CIPHER {
    unwritten("SSL_get_pending_cipher", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_shared_ciphers(_s: *const SSL, _buf: *mut c_char, _size: c_int) -> *mut c_char {
    unwritten("SSL_get_shared_ciphers", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_group_to_name(_s: *mut SSL, _id: c_int) -> *const c_char {
    unwritten("SSL_group_to_name", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_cipher_list(_s: *mut SSL, _str_: *const c_char) -> c_int {
    unwritten("SSL_set_cipher_list", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_ciphersuites(_s: *mut SSL, _str_: *const c_char) -> c_int {
    unwritten("SSL_set_ciphersuites", 0)
}
