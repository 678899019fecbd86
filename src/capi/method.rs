//! `TLS_method(3)`.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_ssl_method(_ctx: *const SSL_CTX) -> *const SSL_METHOD {
    unwritten("SSL_CTX_get_ssl_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_ssl_method(_s: *const SSL) -> *const SSL_METHOD {
    unwritten("SSL_get_ssl_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_ssl_method(_s: *mut SSL, _method: *const SSL_METHOD) -> c_int {
    unwritten("SSL_set_ssl_method", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLS_client_method() -> *const SSL_METHOD {
    unwritten("TLS_client_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLS_method() -> *const SSL_METHOD {
    unwritten("TLS_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLS_server_method() -> *const SSL_METHOD {
    unwritten("TLS_server_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_1_client_method() -> *const SSL_METHOD {
    unwritten("TLSv1_1_client_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_1_method() -> *const SSL_METHOD {
    unwritten("TLSv1_1_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_1_server_method() -> *const SSL_METHOD {
    unwritten("TLSv1_1_server_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_2_client_method() -> *const SSL_METHOD {
    unwritten("TLSv1_2_client_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_2_method() -> *const SSL_METHOD {
    unwritten("TLSv1_2_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_2_server_method() -> *const SSL_METHOD {
    unwritten("TLSv1_2_server_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_client_method() -> *const SSL_METHOD {
    unwritten("TLSv1_client_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_method() -> *const SSL_METHOD {
    unwritten("TLSv1_method", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn TLSv1_server_method() -> *const SSL_METHOD {
    unwritten("TLSv1_server_method", std::ptr::null())
}
