//! The C functions: libssl's from the library under test, libcrypto's from the system.
#![allow(missing_docs)]

pub use libc::{c_char, c_int, c_long, c_uchar, c_uint, c_void, size_t};
pub use ssl::capi::callbacks::*;
pub use ssl::capi::certificate::*;
pub use ssl::capi::cipher::*;
pub use ssl::capi::client_hello::*;
pub use ssl::capi::conf::*;
pub use ssl::capi::connection::*;
pub use ssl::capi::context::*;
pub use ssl::capi::ctrl::*;
pub use ssl::capi::early_data::*;
pub use ssl::capi::extensions::*;
pub use ssl::capi::handshake::*;
pub use ssl::capi::info::*;
pub use ssl::capi::io::*;
pub use ssl::capi::method::*;
pub use ssl::capi::psk::*;
pub use ssl::capi::security::*;
pub use ssl::capi::session::*;
pub use ssl::capi::session_cache::*;
pub use ssl::capi::set_session::*;
pub use ssl::capi::srtp::*;
pub use ssl::capi::strings::*;
pub use ssl::capi::verify::*;
pub use ssl::ffi::types::*;

unsafe extern "C" {
    pub fn BIO_new(method: *const BIO_METHOD) -> *mut BIO;
    pub fn BIO_free(bio: *mut BIO) -> c_int;
    pub fn BIO_s_mem() -> *const BIO_METHOD;
    pub fn BIO_read(bio: *mut BIO, out: *mut c_void, len: c_int) -> c_int;
    pub fn BIO_write(bio: *mut BIO, data: *const c_void, len: c_int) -> c_int;
    pub fn BIO_ctrl(bio: *mut BIO, command: c_int, number: c_long, pointer: *mut c_void) -> c_long;
    pub fn ERR_clear_error();
    pub fn d2i_X509(to: *mut *mut X509, data: *mut *const c_uchar, len: c_long) -> *mut X509;
    pub fn X509_free(x509: *mut X509);
    pub fn X509_STORE_add_cert(store: *mut X509_STORE, x509: *mut X509) -> c_int;
    pub fn d2i_AutoPrivateKey(to: *mut *mut EVP_PKEY, data: *mut *const c_uchar, len: c_long) -> *mut EVP_PKEY;
    pub fn EVP_PKEY_free(key: *mut EVP_PKEY);
    pub fn OPENSSL_sk_free(stack: *mut c_void);
    pub fn CRYPTO_free(memory: *mut c_void, file: *const c_char, line: c_int);
}

pub const SSL_CTRL_MODE: c_int = 33;
pub const SSL_CTRL_SESS_CACHE_MODE: c_int = 44;
pub const SSL_CTRL_SET_TLSEXT_SERVERNAME_CB: c_int = 53;
pub const SSL_CTRL_SET_TLSEXT_HOSTNAME: c_int = 55;
pub const SSL_CTRL_SET_TLSEXT_TICKET_KEYS: c_int = 59;
pub const SSL_CTRL_SET_TLSEXT_STATUS_REQ_CB: c_int = 63;
pub const SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE: c_int = 65;
pub const SSL_CTRL_SET_GROUPS_LIST: c_int = 92;
pub const SSL_CTRL_SET_SIGALGS_LIST: c_int = 98;
pub const SSL_CTRL_SET_CLIENT_SIGALGS_LIST: c_int = 102;
pub const SSL_CTRL_SET_MIN_PROTO_VERSION: c_int = 123;
pub const SSL_CTRL_SET_MAX_PROTO_VERSION: c_int = 124;
pub const SSL_VERIFY_PEER: c_int = 1;
pub const TLS1_2: c_long = 0x0303;
pub const TLS1_3: c_long = 0x0304;
pub const SSL_ERROR_WANT_READ: c_int = 2;
pub const BIO_C_SET_BUF_MEM_EOF_RETURN: c_int = 130;
