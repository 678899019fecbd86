//! DTLS and stateless cookies: refused.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_client_method() -> *const SSL_METHOD {
    unwritten("DTLS_client_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_get_data_mtu(_s: *const SSL) -> size_t {
    unwritten("DTLS_get_data_mtu", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_method() -> *const SSL_METHOD {
    unwritten("DTLS_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_server_method() -> *const SSL_METHOD {
    unwritten("DTLS_server_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLS_set_timer_cb(_s: *mut SSL, _cb: DTLS_timer_cb) {
    unwritten("DTLS_set_timer_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_2_client_method() -> *const SSL_METHOD {
    unwritten("DTLSv1_2_client_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_2_method() -> *const SSL_METHOD {
    unwritten("DTLSv1_2_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_2_server_method() -> *const SSL_METHOD {
    unwritten("DTLSv1_2_server_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_client_method() -> *const SSL_METHOD {
    unwritten("DTLSv1_client_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_listen(_s: *mut SSL, _client: *mut BIO_ADDR) -> c_int {
    unwritten("DTLSv1_listen", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_method() -> *const SSL_METHOD {
    unwritten("DTLSv1_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DTLSv1_server_method() -> *const SSL_METHOD {
    unwritten("DTLSv1_server_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cookie_generate_cb(
    _ctx: *mut SSL_CTX,
    _app_gen_cookie_cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_uchar, *mut c_uint) -> c_int>,
) {
    unwritten("SSL_CTX_set_cookie_generate_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cookie_verify_cb(
    _ctx: *mut SSL_CTX,
    _app_verify_cookie_cb: Option<unsafe extern "C" fn(*mut SSL, *const c_uchar, c_uint) -> c_int>,
) {
    unwritten("SSL_CTX_set_cookie_verify_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_stateless_cookie_generate_cb(
    _ctx: *mut SSL_CTX,
    _gen_stateless_cookie_cb: Option<unsafe extern "C" fn(*mut SSL, *mut c_uchar, *mut size_t) -> c_int>,
) {
    unwritten("SSL_CTX_set_stateless_cookie_generate_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_stateless_cookie_verify_cb(
    _ctx: *mut SSL_CTX,
    _verify_stateless_cookie_cb: Option<unsafe extern "C" fn(*mut SSL, *const c_uchar, size_t) -> c_int>,
) {
    unwritten("SSL_CTX_set_stateless_cookie_verify_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_is_dtls(_s: *const SSL) -> c_int {
    unwritten("SSL_is_dtls", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_stateless(_s: *mut SSL) -> c_int {
    unwritten("SSL_stateless", 0)
}
