//! `TLS_method(3)`.
//!
//! Methods are static: nobody frees them. `SSL_CTX_new` refuses those of DTLS.
//! Those of TLS 1.0 and 1.1 are as OpenSSL's at Debian's security level: they
//! make contexts, and handshakes end for lack of a cipher.

use libc::*;

use crate::capi::{connection, context};
use crate::context::method::{self, Method};
use crate::ffi::guard;
use crate::ffi::types::*;
use crate::libcrypto::err;
use crate::reason;

/// The method of `ctx`; NULL, with an error, for NULL. `SSL_CTX_get_ssl_method(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_ssl_method(ctx: *const SSL_CTX) -> *const SSL_METHOD {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(ctx) };
        ctx.map_or(std::ptr::null(), |ctx| ctx.settings(|s| s.method.as_ptr()))
    })
}

/// The method of `s`; NULL, with an error, for NULL. `SSL_get_ssl_method(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_ssl_method(s: *const SSL) -> *const SSL_METHOD {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let connection = unsafe { connection(s) };
        connection.map_or(std::ptr::null(), |c| c.settings.borrow().method.as_ptr())
    })
}

/// Changes the method of `s` for its next handshake: 1, or 0 with an error for
/// NULL and for a protocol that does not exist here. `SSL_set_ssl_method(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_ssl_method(s: *mut SSL, method: *const SSL_METHOD) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else {
            return 0;
        };
        match supported(method) {
            Some(method) => {
                connection.settings.borrow_mut().method = method;
                1
            }
            None => 0,
        }
    })
}

/// The method behind `ptr`, or an error on the queue: NULL, or a protocol that
/// does not exist here.
pub(crate) fn supported(ptr: *const SSL_METHOD) -> Option<&'static Method> {
    match Method::from_ptr(ptr) {
        Some(method) if method.is_supported() => Some(method),
        Some(_) => {
            err::raise_data(reason::UNSUPPORTED_PROTOCOL, "DTLS");
            None
        }
        None => {
            err::raise(reason::NULL_SSL_METHOD_PASSED);
            None
        }
    }
}

/// TLS 1.2 and TLS 1.3, for clients. `TLS_client_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLS_client_method() -> *const SSL_METHOD {
    method::TLS_CLIENT.as_ptr()
}

/// TLS 1.2 and TLS 1.3, for both ends. `TLS_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLS_method() -> *const SSL_METHOD {
    method::TLS.as_ptr()
}

/// TLS 1.2 and TLS 1.3, for servers. `TLS_server_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLS_server_method() -> *const SSL_METHOD {
    method::TLS_SERVER.as_ptr()
}

/// TLS 1.2 alone, for clients. `TLSv1_2_client_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_2_client_method() -> *const SSL_METHOD {
    method::TLS12_CLIENT.as_ptr()
}

/// TLS 1.2 alone, for both ends. `TLSv1_2_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_2_method() -> *const SSL_METHOD {
    method::TLS12.as_ptr()
}

/// TLS 1.2 alone, for servers. `TLSv1_2_server_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_2_server_method() -> *const SSL_METHOD {
    method::TLS12_SERVER.as_ptr()
}

/// TLS 1.1, for clients: no handshake succeeds. `TLSv1_1_client_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_1_client_method() -> *const SSL_METHOD {
    method::TLS11_CLIENT.as_ptr()
}

/// TLS 1.1, for both ends: no handshake succeeds. `TLSv1_1_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_1_method() -> *const SSL_METHOD {
    method::TLS11.as_ptr()
}

/// TLS 1.1, for servers: no handshake succeeds. `TLSv1_1_server_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_1_server_method() -> *const SSL_METHOD {
    method::TLS11_SERVER.as_ptr()
}

/// TLS 1.0, for clients: no handshake succeeds. `TLSv1_client_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_client_method() -> *const SSL_METHOD {
    method::TLS10_CLIENT.as_ptr()
}

/// TLS 1.0, for both ends: no handshake succeeds. `TLSv1_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_method() -> *const SSL_METHOD {
    method::TLS10.as_ptr()
}

/// TLS 1.0, for servers: no handshake succeeds. `TLSv1_server_method(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_server_method() -> *const SSL_METHOD {
    method::TLS10_SERVER.as_ptr()
}
