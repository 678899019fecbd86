//! DTLS and stateless cookies: refused.

use libc::*;

use crate::context::method;
use crate::ffi::refused;
use crate::ffi::types::*;
use crate::libcrypto::err::raise;
use crate::reason;

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS.
/// `DTLS_client_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_client_method() -> *const SSL_METHOD {
    method::REFUSED_CLIENT.as_ptr()
}

/// How much data fits a datagram. 0: there are none. `DTLS_get_data_mtu(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_get_data_mtu(_s: *const SSL) -> size_t {
    0
}

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS. `DTLS_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_method() -> *const SSL_METHOD {
    method::REFUSED.as_ptr()
}

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS.
/// `DTLS_server_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_server_method() -> *const SSL_METHOD {
    method::REFUSED_SERVER.as_ptr()
}

/// Would choose retransmission times. Never called: there is no DTLS.
/// `DTLS_set_timer_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_set_timer_cb(_s: *mut SSL, _cb: DTLS_timer_cb) {}

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS.
/// `DTLSv1_2_client_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_2_client_method() -> *const SSL_METHOD {
    method::REFUSED_CLIENT.as_ptr()
}

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS.
/// `DTLSv1_2_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_2_method() -> *const SSL_METHOD {
    method::REFUSED.as_ptr()
}

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS.
/// `DTLSv1_2_server_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_2_server_method() -> *const SSL_METHOD {
    method::REFUSED_SERVER.as_ptr()
}

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS.
/// `DTLSv1_client_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_client_method() -> *const SSL_METHOD {
    method::REFUSED_CLIENT.as_ptr()
}

/// Would wait for a client with a valid cookie. -1 with OpenSSL's error for a
/// connection that is not DTLS. `DTLSv1_listen(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_listen(_s: *mut SSL, _client: *mut BIO_ADDR) -> c_int {
    raise(reason::UNSUPPORTED_SSL_VERSION);
    -1
}

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS. `DTLSv1_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_method() -> *const SSL_METHOD {
    method::REFUSED.as_ptr()
}

/// A method that `SSL_CTX_new` refuses: rustls has no DTLS.
/// `DTLSv1_server_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_server_method() -> *const SSL_METHOD {
    method::REFUSED_SERVER.as_ptr()
}

/// Would make DTLS cookies. Never called: there is no DTLS.
/// `SSL_CTX_set_cookie_generate_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cookie_generate_cb(
    _ctx: *mut SSL_CTX,
    _app_gen_cookie_cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_uchar, *mut c_uint) -> c_int>,
) {
}

/// Would check DTLS cookies. Never called: there is no DTLS.
/// `SSL_CTX_set_cookie_verify_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cookie_verify_cb(
    _ctx: *mut SSL_CTX,
    _app_verify_cookie_cb: Option<unsafe extern "C" fn(*mut SSL, *const c_uchar, c_uint) -> c_int>,
) {
}

/// Would make TLS 1.3 cookies for `SSL_stateless`. Never called: rustls has
/// none. `SSL_CTX_set_stateless_cookie_generate_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_stateless_cookie_generate_cb(
    _ctx: *mut SSL_CTX,
    _gen_stateless_cookie_cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_uchar, *mut size_t) -> c_int>,
) {
}

/// Would check TLS 1.3 cookies for `SSL_stateless`. Never called: rustls has
/// none. `SSL_CTX_set_stateless_cookie_verify_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_stateless_cookie_verify_cb(
    _ctx: *mut SSL_CTX,
    _verify_stateless_cookie_cb: Option<unsafe extern "C" fn(*mut SSL, *const c_uchar, size_t) -> c_int>,
) {
}

/// Whether the connection is DTLS: 0, never. `SSL_is_dtls(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_is_dtls(_s: *const SSL) -> c_int {
    0
}

/// Would answer a first ClientHello with a cookie and forget it. Refused, -1
/// with an error: rustls sends no cookies. `SSL_stateless(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_stateless(_s: *mut SSL) -> c_int {
    refused("SSL_stateless", -1)
}
