//! libcrypto's opaque types and its error functions. Each wrapper module
//! declares the functions it uses itself.
#![allow(non_camel_case_types, missing_docs)]

use libc::{c_char, c_int, c_ulong, c_void};

macro_rules! opaque {
    ($($name:ident)*) => { $(
        #[repr(C)]
        pub struct $name { _opaque: [u8; 0] }
    )* };
}

opaque! {
    BIGNUM BIO BIO_ADDR BIO_METHOD COMP_METHOD CTLOG_STORE CT_POLICY_EVAL_CTX DH ENGINE EVP_CIPHER EVP_CIPHER_CTX
    EVP_MAC_CTX EVP_MD EVP_MD_CTX EVP_PKEY EVP_PKEY_CTX OPENSSL_INIT_SETTINGS OSSL_LIB_CTX RSA
    X509 X509_CRL X509_NAME X509_STORE X509_STORE_CTX X509_VERIFY_PARAM
    stack_st stack_st_SCT stack_st_X509 stack_st_X509_NAME lhash_st_SSL_SESSION
}

/// Asks for the pass phrase of a PEM file: (buffer, its size, writing?, user data).
pub type pem_password_cb =
    unsafe extern "C" fn(buf: *mut c_char, size: c_int, rwflag: c_int, userdata: *mut c_void) -> c_int;

unsafe extern "C" {
    pub fn ERR_new();
    pub fn ERR_set_debug(file: *const c_char, line: c_int, func: *const c_char);
    pub fn ERR_set_error(lib: c_int, reason: c_int, fmt: *const c_char, ...);
    pub fn ERR_clear_error();
    pub fn ERR_peek_error() -> c_ulong;
    pub fn ERR_peek_last_error() -> c_ulong;
    pub fn ERR_set_mark() -> c_int;
    pub fn ERR_pop_to_mark() -> c_int;
    pub fn ERR_clear_last_mark() -> c_int;
    pub fn OPENSSL_sk_new_null() -> *mut stack_st;
    pub fn OPENSSL_sk_num(sk: *const stack_st) -> c_int;
    pub fn OPENSSL_sk_value(sk: *const stack_st, i: c_int) -> *mut c_void;
    pub fn OPENSSL_sk_push(sk: *mut stack_st, data: *const c_void) -> c_int;
    pub fn OPENSSL_sk_free(sk: *mut stack_st);
    pub fn OPENSSL_sk_dup(sk: *const stack_st) -> *mut stack_st;
    pub fn CRYPTO_malloc(num: usize, file: *const c_char, line: c_int) -> *mut c_void;
    pub fn CRYPTO_free(ptr: *mut c_void, file: *const c_char, line: c_int);
}
