//! `BIO_f_ssl` and its helpers.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_f_ssl() -> *const BIO_METHOD {
    unwritten("BIO_f_ssl", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_new_buffer_ssl_connect(_ctx: *mut SSL_CTX) -> *mut BIO {
    unwritten("BIO_new_buffer_ssl_connect", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_new_ssl(_ctx: *mut SSL_CTX, _client: c_int) -> *mut BIO {
    unwritten("BIO_new_ssl", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_new_ssl_connect(_ctx: *mut SSL_CTX) -> *mut BIO {
    unwritten("BIO_new_ssl_connect", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_ssl_copy_session_id(_to: *mut BIO, _from: *mut BIO) -> c_int {
    unwritten("BIO_ssl_copy_session_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_ssl_shutdown(_ssl_bio: *mut BIO) {
    unwritten("BIO_ssl_shutdown", ())
}
