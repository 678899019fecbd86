//! Compression: never negotiated.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_add_compression_method(_id: c_int, _cm: *mut COMP_METHOD) -> c_int {
    unwritten("SSL_COMP_add_compression_method", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_get0_name(_comp: *const SSL_COMP) -> *const c_char {
    unwritten("SSL_COMP_get0_name", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_get_compression_methods() -> *mut stack_st_SSL_COMP {
    unwritten("SSL_COMP_get_compression_methods", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_get_id(_comp: *const SSL_COMP) -> c_int {
    unwritten("SSL_COMP_get_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_get_name(_comp: *const COMP_METHOD) -> *const c_char {
    unwritten("SSL_COMP_get_name", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_COMP_set0_compression_methods(_meths: *mut stack_st_SSL_COMP) -> *mut stack_st_SSL_COMP {
    unwritten("SSL_COMP_set0_compression_methods", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_compression_methods(_s: *mut SSL, _out: *mut *const c_uchar) -> size_t {
    unwritten("SSL_client_hello_get0_compression_methods", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_current_compression(_s: *const SSL) -> *const COMP_METHOD {
    unwritten("SSL_get_current_compression", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_current_expansion(_s: *const SSL) -> *const COMP_METHOD {
    unwritten("SSL_get_current_expansion", std::ptr::null())
}
