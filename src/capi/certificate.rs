//! Certificates and keys: `SSL_CTX_use_certificate(3)`.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_check_private_key(_ctx: *const SSL_CTX) -> c_int {
    unwritten("SSL_CTX_check_private_key", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_certificate(_ctx: *const SSL_CTX) -> *mut X509 {
    unwritten("SSL_CTX_get0_certificate", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get0_privatekey(_ctx: *const SSL_CTX) -> *mut EVP_PKEY {
    unwritten("SSL_CTX_get0_privatekey", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_client_cert_cb(
    _ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*mut SSL, *mut *mut X509, *mut *mut EVP_PKEY) -> c_int> {
    unwritten("SSL_CTX_get_client_cert_cb", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_default_passwd_cb(_ctx: *mut SSL_CTX) -> Option<pem_password_cb> {
    unwritten("SSL_CTX_get_default_passwd_cb", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_default_passwd_cb_userdata(_ctx: *mut SSL_CTX) -> *mut c_void {
    unwritten("SSL_CTX_get_default_passwd_cb_userdata", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cert_cb(
    _c: *mut SSL_CTX,
    _cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>,
    _arg: *mut c_void,
) {
    unwritten("SSL_CTX_set_cert_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_client_cert_cb(
    _ctx: *mut SSL_CTX,
    _client_cert_cb: Option<unsafe extern "C" fn(*mut SSL, *mut *mut X509, *mut *mut EVP_PKEY) -> c_int>,
) {
    unwritten("SSL_CTX_set_client_cert_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_client_cert_engine(_ctx: *mut SSL_CTX, _e: *mut ENGINE) -> c_int {
    unwritten("SSL_CTX_set_client_cert_engine", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_passwd_cb(_ctx: *mut SSL_CTX, _cb: Option<pem_password_cb>) {
    unwritten("SSL_CTX_set_default_passwd_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_default_passwd_cb_userdata(_ctx: *mut SSL_CTX, _u: *mut c_void) {
    unwritten("SSL_CTX_set_default_passwd_cb_userdata", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_PrivateKey(_ctx: *mut SSL_CTX, _pkey: *mut EVP_PKEY) -> c_int {
    unwritten("SSL_CTX_use_PrivateKey", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_PrivateKey_ASN1(
    _pk: c_int,
    _ctx: *mut SSL_CTX,
    _d: *const c_uchar,
    _len: c_long,
) -> c_int {
    unwritten("SSL_CTX_use_PrivateKey_ASN1", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_PrivateKey_file(_ctx: *mut SSL_CTX, _file: *const c_char, _type_: c_int) -> c_int {
    unwritten("SSL_CTX_use_PrivateKey_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_RSAPrivateKey(_ctx: *mut SSL_CTX, _rsa: *mut RSA) -> c_int {
    unwritten("SSL_CTX_use_RSAPrivateKey", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_RSAPrivateKey_ASN1(_ctx: *mut SSL_CTX, _d: *const c_uchar, _len: c_long) -> c_int {
    unwritten("SSL_CTX_use_RSAPrivateKey_ASN1", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_RSAPrivateKey_file(
    _ctx: *mut SSL_CTX,
    _file: *const c_char,
    _type_: c_int,
) -> c_int {
    unwritten("SSL_CTX_use_RSAPrivateKey_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_cert_and_key(
    _ctx: *mut SSL_CTX,
    _x509: *mut X509,
    _privatekey: *mut EVP_PKEY,
    _chain: *mut stack_st_X509,
    _override: c_int,
) -> c_int {
    unwritten("SSL_CTX_use_cert_and_key", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_certificate(_ctx: *mut SSL_CTX, _x: *mut X509) -> c_int {
    unwritten("SSL_CTX_use_certificate", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_certificate_ASN1(_ctx: *mut SSL_CTX, _len: c_int, _d: *const c_uchar) -> c_int {
    unwritten("SSL_CTX_use_certificate_ASN1", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_certificate_chain_file(_ctx: *mut SSL_CTX, _file: *const c_char) -> c_int {
    unwritten("SSL_CTX_use_certificate_chain_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_certificate_file(
    _ctx: *mut SSL_CTX,
    _file: *const c_char,
    _type_: c_int,
) -> c_int {
    unwritten("SSL_CTX_use_certificate_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_certs_clear(_s: *mut SSL) {
    unwritten("SSL_certs_clear", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_check_chain(
    _s: *mut SSL,
    _x: *mut X509,
    _pk: *mut EVP_PKEY,
    _chain: *mut stack_st_X509,
) -> c_int {
    unwritten("SSL_check_chain", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_check_private_key(_ctx: *const SSL) -> c_int {
    unwritten("SSL_check_private_key", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_certificate(_ssl: *const SSL) -> *mut X509 {
    unwritten("SSL_get_certificate", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_default_passwd_cb(_s: *mut SSL) -> Option<pem_password_cb> {
    unwritten("SSL_get_default_passwd_cb", None)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_default_passwd_cb_userdata(_s: *mut SSL) -> *mut c_void {
    unwritten("SSL_get_default_passwd_cb_userdata", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_privatekey(_ssl: *const SSL) -> *mut EVP_PKEY {
    unwritten("SSL_get_privatekey", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_cert_cb(
    _s: *mut SSL,
    _cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int>,
    _arg: *mut c_void,
) {
    unwritten("SSL_set_cert_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_default_passwd_cb(_s: *mut SSL, _cb: Option<pem_password_cb>) {
    unwritten("SSL_set_default_passwd_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_default_passwd_cb_userdata(_s: *mut SSL, _u: *mut c_void) {
    unwritten("SSL_set_default_passwd_cb_userdata", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_PrivateKey(_ssl: *mut SSL, _pkey: *mut EVP_PKEY) -> c_int {
    unwritten("SSL_use_PrivateKey", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_PrivateKey_ASN1(
    _pk: c_int,
    _ssl: *mut SSL,
    _d: *const c_uchar,
    _len: c_long,
) -> c_int {
    unwritten("SSL_use_PrivateKey_ASN1", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_PrivateKey_file(_ssl: *mut SSL, _file: *const c_char, _type_: c_int) -> c_int {
    unwritten("SSL_use_PrivateKey_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_RSAPrivateKey(_ssl: *mut SSL, _rsa: *mut RSA) -> c_int {
    unwritten("SSL_use_RSAPrivateKey", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_RSAPrivateKey_ASN1(_ssl: *mut SSL, _d: *const c_uchar, _len: c_long) -> c_int {
    unwritten("SSL_use_RSAPrivateKey_ASN1", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_RSAPrivateKey_file(_ssl: *mut SSL, _file: *const c_char, _type_: c_int) -> c_int {
    unwritten("SSL_use_RSAPrivateKey_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_cert_and_key(
    _ssl: *mut SSL,
    _x509: *mut X509,
    _privatekey: *mut EVP_PKEY,
    _chain: *mut stack_st_X509,
    _override: c_int,
) -> c_int {
    unwritten("SSL_use_cert_and_key", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_certificate(_ssl: *mut SSL, _x: *mut X509) -> c_int {
    unwritten("SSL_use_certificate", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_certificate_ASN1(_ssl: *mut SSL, _d: *const c_uchar, _len: c_int) -> c_int {
    unwritten("SSL_use_certificate_ASN1", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_certificate_chain_file(_ssl: *mut SSL, _file: *const c_char) -> c_int {
    unwritten("SSL_use_certificate_chain_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_use_certificate_file(_ssl: *mut SSL, _file: *const c_char, _type_: c_int) -> c_int {
    unwritten("SSL_use_certificate_file", 0)
}
