//! The opaque types and callback types of `<openssl/ssl.h>`, by their C names.
#![allow(non_camel_case_types, missing_docs)]

use std::ffi::CStr;

use libc::{c_char, c_int, c_uchar, c_uint, c_ulong, c_void, size_t};

pub use crate::libcrypto::sys::*;

macro_rules! opaque {
    ($($name:ident)*) => { $(
        #[repr(C)]
        pub struct $name { _opaque: [u8; 0] }
    )* };
}

opaque! {
    SSL SSL_CIPHER SSL_COMP SSL_CONF_CTX SSL_CTX SSL_DANE SSL_METHOD SSL_SESSION
    SRTP_PROTECTION_PROFILE openssl_ssl_test_functions
    stack_st_SSL_CIPHER stack_st_SSL_COMP stack_st_SRTP_PROTECTION_PROFILE
}

/// What a `SRTP_PROTECTION_PROFILE` is: programs read its fields.
#[repr(C)]
pub struct SrtpProfile {
    name: *const c_char,
    id: c_ulong,
}

// SAFETY: the name is a static string, and nothing changes.
unsafe impl Sync for SrtpProfile {}

impl SrtpProfile {
    /// A profile by its name and number.
    pub const fn new(name: &'static CStr, id: c_ulong) -> Self {
        Self { name: name.as_ptr(), id }
    }

    /// Its name.
    pub fn name(&self) -> &'static CStr {
        // SAFETY: `new` took it from one.
        unsafe { CStr::from_ptr(self.name) }
    }
}

/// The handshake states that `SSL_get_state` reports (`TLS_ST_*`).
pub type OSSL_HANDSHAKE_STATE = c_uint;
/// What a decrypt-ticket callback is told (`SSL_TICKET_*`).
pub type SSL_TICKET_STATUS = c_int;
/// What a decrypt-ticket callback answers (`SSL_TICKET_RETURN_*`).
pub type SSL_TICKET_RETURN = c_int;

pub type SSL_verify_cb = Option<unsafe extern "C" fn(preverify_ok: c_int, x509_ctx: *mut X509_STORE_CTX) -> c_int>;
pub type SSL_async_callback_fn = Option<unsafe extern "C" fn(s: *mut SSL, arg: *mut c_void) -> c_int>;
pub type GEN_SESSION_CB = Option<unsafe extern "C" fn(ssl: *mut SSL, id: *mut c_uchar, id_len: *mut c_uint) -> c_int>;
pub type SSL_CTX_keylog_cb_func = Option<unsafe extern "C" fn(ssl: *const SSL, line: *const c_char)>;
pub type SSL_client_hello_cb_fn = Option<unsafe extern "C" fn(s: *mut SSL, al: *mut c_int, arg: *mut c_void) -> c_int>;
pub type SSL_allow_early_data_cb_fn = Option<unsafe extern "C" fn(s: *mut SSL, arg: *mut c_void) -> c_int>;
pub type DTLS_timer_cb = Option<unsafe extern "C" fn(s: *mut SSL, timer_us: c_uint) -> c_uint>;
pub type SSL_CTX_alpn_select_cb_func = Option<
    unsafe extern "C" fn(
        ssl: *mut SSL,
        out: *mut *const c_uchar,
        outlen: *mut c_uchar,
        in_: *const c_uchar,
        inlen: c_uint,
        arg: *mut c_void,
    ) -> c_int,
>;
pub type SSL_CTX_npn_advertised_cb_func = Option<
    unsafe extern "C" fn(ssl: *mut SSL, out: *mut *const c_uchar, outlen: *mut c_uint, arg: *mut c_void) -> c_int,
>;
pub type SSL_CTX_npn_select_cb_func = Option<
    unsafe extern "C" fn(
        s: *mut SSL,
        out: *mut *mut c_uchar,
        outlen: *mut c_uchar,
        in_: *const c_uchar,
        inlen: c_uint,
        arg: *mut c_void,
    ) -> c_int,
>;
pub type SSL_CTX_generate_session_ticket_fn = Option<unsafe extern "C" fn(s: *mut SSL, arg: *mut c_void) -> c_int>;
pub type SSL_CTX_decrypt_session_ticket_fn = Option<
    unsafe extern "C" fn(
        s: *mut SSL,
        ss: *mut SSL_SESSION,
        keyname: *const c_uchar,
        keyname_length: size_t,
        status: SSL_TICKET_STATUS,
        arg: *mut c_void,
    ) -> SSL_TICKET_RETURN,
>;
pub type SSL_psk_client_cb_func = Option<
    unsafe extern "C" fn(
        ssl: *mut SSL,
        hint: *const c_char,
        identity: *mut c_char,
        max_identity_len: c_uint,
        psk: *mut c_uchar,
        max_psk_len: c_uint,
    ) -> c_uint,
>;
pub type SSL_psk_server_cb_func = Option<
    unsafe extern "C" fn(ssl: *mut SSL, identity: *const c_char, psk: *mut c_uchar, max_psk_len: c_uint) -> c_uint,
>;
pub type SSL_psk_find_session_cb_func = Option<
    unsafe extern "C" fn(
        ssl: *mut SSL,
        identity: *const c_uchar,
        identity_len: size_t,
        sess: *mut *mut SSL_SESSION,
    ) -> c_int,
>;
pub type SSL_psk_use_session_cb_func = Option<
    unsafe extern "C" fn(
        ssl: *mut SSL,
        md: *const EVP_MD,
        id: *mut *const c_uchar,
        idlen: *mut size_t,
        sess: *mut *mut SSL_SESSION,
    ) -> c_int,
>;
pub type tls_session_ticket_ext_cb_fn =
    Option<unsafe extern "C" fn(s: *mut SSL, data: *const c_uchar, len: c_int, arg: *mut c_void) -> c_int>;
pub type tls_session_secret_cb_fn = Option<
    unsafe extern "C" fn(
        s: *mut SSL,
        secret: *mut c_void,
        secret_len: *mut c_int,
        peer_ciphers: *mut stack_st_SSL_CIPHER,
        cipher: *mut *const SSL_CIPHER,
        arg: *mut c_void,
    ) -> c_int,
>;
pub type ssl_ct_validation_cb =
    Option<unsafe extern "C" fn(ctx: *const CT_POLICY_EVAL_CTX, scts: *const stack_st_SCT, arg: *mut c_void) -> c_int>;
pub type custom_ext_add_cb = Option<
    unsafe extern "C" fn(
        s: *mut SSL,
        ext_type: c_uint,
        out: *mut *const c_uchar,
        outlen: *mut size_t,
        al: *mut c_int,
        add_arg: *mut c_void,
    ) -> c_int,
>;
pub type custom_ext_free_cb =
    Option<unsafe extern "C" fn(s: *mut SSL, ext_type: c_uint, out: *const c_uchar, add_arg: *mut c_void)>;
pub type custom_ext_parse_cb = Option<
    unsafe extern "C" fn(
        s: *mut SSL,
        ext_type: c_uint,
        in_: *const c_uchar,
        inlen: size_t,
        al: *mut c_int,
        parse_arg: *mut c_void,
    ) -> c_int,
>;
pub type SSL_custom_ext_add_cb_ex = Option<
    unsafe extern "C" fn(
        s: *mut SSL,
        ext_type: c_uint,
        context: c_uint,
        out: *mut *const c_uchar,
        outlen: *mut size_t,
        x: *mut X509,
        chainidx: size_t,
        al: *mut c_int,
        add_arg: *mut c_void,
    ) -> c_int,
>;
pub type SSL_custom_ext_free_cb_ex = Option<
    unsafe extern "C" fn(s: *mut SSL, ext_type: c_uint, context: c_uint, out: *const c_uchar, add_arg: *mut c_void),
>;
pub type SSL_custom_ext_parse_cb_ex = Option<
    unsafe extern "C" fn(
        s: *mut SSL,
        ext_type: c_uint,
        context: c_uint,
        in_: *const c_uchar,
        inlen: size_t,
        x: *mut X509,
        chainidx: size_t,
        al: *mut c_int,
        parse_arg: *mut c_void,
    ) -> c_int,
>;
