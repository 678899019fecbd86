//! A connection and its session: `SSL_set_session(3)`, `SSL_get_session(3)`.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_num_tickets(_ctx: *const SSL_CTX) -> size_t {
    unwritten("SSL_CTX_get_num_tickets", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_num_tickets(_ctx: *mut SSL_CTX, _num_tickets: size_t) -> c_int {
    unwritten("SSL_CTX_set_num_tickets", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_copy_session_id(_to: *mut SSL, _from: *const SSL) -> c_int {
    unwritten("SSL_copy_session_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get1_session(_ssl: *mut SSL) -> *mut SSL_SESSION {
    unwritten("SSL_get1_session", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_num_tickets(_s: *const SSL) -> size_t {
    unwritten("SSL_get_num_tickets", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_session(_ssl: *const SSL) -> *mut SSL_SESSION {
    unwritten("SSL_get_session", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_new_session_ticket(_s: *mut SSL) -> c_int {
    unwritten("SSL_new_session_ticket", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_session_reused(_s: *const SSL) -> c_int {
    unwritten("SSL_session_reused", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_num_tickets(_s: *mut SSL, _num_tickets: size_t) -> c_int {
    unwritten("SSL_set_num_tickets", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session(_to: *mut SSL, _session: *mut SSL_SESSION) -> c_int {
    unwritten("SSL_set_session", 0)
}
