//! `SSL_connect(3)`, `SSL_accept(3)`, `SSL_do_handshake(3)`, states.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_accept(_ssl: *mut SSL) -> c_int {
    unwritten("SSL_accept", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_connect(_ssl: *mut SSL) -> c_int {
    unwritten("SSL_connect", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_do_handshake(_s: *mut SSL) -> c_int {
    unwritten("SSL_do_handshake", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_key_update_type(_s: *const SSL) -> c_int {
    unwritten("SSL_get_key_update_type", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_state(_ssl: *const SSL) -> OSSL_HANDSHAKE_STATE {
    unwritten("SSL_get_state", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_in_before(_s: *const SSL) -> c_int {
    unwritten("SSL_in_before", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_in_init(_s: *const SSL) -> c_int {
    unwritten("SSL_in_init", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_is_init_finished(_s: *const SSL) -> c_int {
    unwritten("SSL_is_init_finished", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_is_server(_s: *const SSL) -> c_int {
    unwritten("SSL_is_server", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_key_update(_s: *mut SSL, _updatetype: c_int) -> c_int {
    unwritten("SSL_key_update", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_renegotiate(_s: *mut SSL) -> c_int {
    unwritten("SSL_renegotiate", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_renegotiate_abbreviated(_s: *mut SSL) -> c_int {
    unwritten("SSL_renegotiate_abbreviated", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_renegotiate_pending(_s: *const SSL) -> c_int {
    unwritten("SSL_renegotiate_pending", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_accept_state(_s: *mut SSL) {
    unwritten("SSL_set_accept_state", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_connect_state(_s: *mut SSL) {
    unwritten("SSL_set_connect_state", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_post_handshake_auth(_s: *mut SSL, _val: c_int) {
    unwritten("SSL_set_post_handshake_auth", ())
}
