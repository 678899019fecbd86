//! Alerts, states and errors as text.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::{guard, unwritten};

/// Makes the texts of libssl's errors known to `ERR_error_string`; always 1.
/// `ERR_load_strings(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ERR_load_SSL_strings() -> c_int {
    guard(0, || {
        crate::reason::load_strings();
        1
    })
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alert_desc_string(_value: c_int) -> *const c_char {
    unwritten("SSL_alert_desc_string", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alert_desc_string_long(_value: c_int) -> *const c_char {
    unwritten("SSL_alert_desc_string_long", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alert_type_string(_value: c_int) -> *const c_char {
    unwritten("SSL_alert_type_string", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alert_type_string_long(_value: c_int) -> *const c_char {
    unwritten("SSL_alert_type_string_long", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_rstate_string(_s: *const SSL) -> *const c_char {
    unwritten("SSL_rstate_string", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_rstate_string_long(_s: *const SSL) -> *const c_char {
    unwritten("SSL_rstate_string_long", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_state_string(_s: *const SSL) -> *const c_char {
    unwritten("SSL_state_string", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_state_string_long(_s: *const SSL) -> *const c_char {
    unwritten("SSL_state_string_long", std::ptr::null())
}
