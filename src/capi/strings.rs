//! Alerts, states and errors as text: `SSL_alert_type_string(3)`,
//! `SSL_state_string(3)`. All strings are static.

use std::ffi::CStr;

use libc::*;

use crate::connection::Connection;
use crate::connection::state::message as m;
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::err;
use crate::trace::alerts;

/// Makes the texts of libssl's errors known to `ERR_error_string`; always 1.
/// `ERR_load_strings(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ERR_load_SSL_strings() -> c_int {
    guard(0, || {
        crate::reason::load_strings();
        1
    })
}

/// The name of an alert in two letters.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alert_desc_string(value: c_int) -> *const c_char {
    alerts::description(value).0.as_ptr()
}

/// The name of an alert.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alert_desc_string_long(value: c_int) -> *const c_char {
    alerts::description(value).1.as_ptr()
}

/// The level of an alert as one letter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alert_type_string(value: c_int) -> *const c_char {
    alerts::level(value).0.as_ptr()
}

/// The level of an alert.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alert_type_string_long(value: c_int) -> *const c_char {
    alerts::level(value).1.as_ptr()
}

/// What `get` says about an SSL; NULL for NULL, with an error on the queue.
///
/// # Safety
/// `s` is NULL or a live SSL.
unsafe fn of_ssl(s: *const SSL, get: impl FnOnce(&Connection) -> &'static CStr) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        match unsafe { ffi::handle::borrow::<Connection>(s) } {
            Some(ssl) => get(ssl).as_ptr(),
            None => {
                err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
                std::ptr::null()
            }
        }
    })
}

/// What is read next, in two letters: always the header of a record, because
/// what has arrived of one is kept until the rest has.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_rstate_string(s: *const SSL) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { of_ssl(s, |_| c"RH") }
}

/// As `SSL_rstate_string`, in words.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_rstate_string_long(s: *const SSL) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { of_ssl(s, |_| c"read header") }
}

/// Where the handshake stands, in a few letters.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_state_string(s: *const SSL) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { of_ssl(s, |ssl| state(ssl).0) }
}

/// Where the handshake stands.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_state_string_long(s: *const SSL) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { of_ssl(s, |ssl| state(ssl).1) }
}

fn state(ssl: &Connection) -> (&'static CStr, &'static CStr) {
    let state = ssl.state.get();
    if state.failed {
        return (c"SSLERR", c"error");
    }
    let known = STATES.iter().find(|(message, ..)| *message == state.message);
    known.map_or((c"UNKWN", c"unknown state"), |(_, short, long)| (short, long))
}

const STATES: &[(c_uint, &CStr, &CStr)] = &[
    (m::BEFORE, c"PINIT", c"before SSL initialization"),
    (m::OK, c"SSLOK", c"SSL negotiation finished successfully"),
    (m::CR_SRVR_HELLO, c"TRSH", c"SSLv3/TLS read server hello"),
    (m::CR_CERT, c"TRSC", c"SSLv3/TLS read server certificate"),
    (m::CR_CERT_STATUS, c"TRCS", c"SSLv3/TLS read certificate status"),
    (m::CR_KEY_EXCH, c"TRSKE", c"SSLv3/TLS read server key exchange"),
    (m::CR_CERT_REQ, c"TRCR", c"SSLv3/TLS read server certificate request"),
    (m::CR_SRVR_DONE, c"TRSD", c"SSLv3/TLS read server done"),
    (m::CR_SESSION_TICKET, c"TRST", c"SSLv3/TLS read server session ticket"),
    (m::CR_CHANGE, c"TRCCS", c"SSLv3/TLS read change cipher spec"),
    (m::CR_FINISHED, c"TRFIN", c"SSLv3/TLS read finished"),
    (m::CW_CLNT_HELLO, c"TWCH", c"SSLv3/TLS write client hello"),
    (m::CW_CERT, c"TWCC", c"SSLv3/TLS write client certificate"),
    (m::CW_KEY_EXCH, c"TWCKE", c"SSLv3/TLS write client key exchange"),
    (m::CW_CERT_VRFY, c"TWCV", c"SSLv3/TLS write certificate verify"),
    (m::CW_CHANGE, c"TWCCS", c"SSLv3/TLS write change cipher spec"),
    (m::CW_FINISHED, c"TWFIN", c"SSLv3/TLS write finished"),
    (m::SR_CLNT_HELLO, c"TRCH", c"SSLv3/TLS read client hello"),
    (m::SW_SRVR_HELLO, c"TWSH", c"SSLv3/TLS write server hello"),
    (m::SW_CERT, c"TWSC", c"SSLv3/TLS write certificate"),
    (m::SW_KEY_EXCH, c"TWSKE", c"SSLv3/TLS write key exchange"),
    (m::SW_CERT_REQ, c"TWCR", c"SSLv3/TLS write certificate request"),
    (m::SW_SRVR_DONE, c"TWSD", c"SSLv3/TLS write server done"),
    (m::SR_CERT, c"TRCC", c"SSLv3/TLS read client certificate"),
    (m::SR_KEY_EXCH, c"TRCKE", c"SSLv3/TLS read client key exchange"),
    (m::SR_CERT_VRFY, c"TRCV", c"SSLv3/TLS read certificate verify"),
    (m::SR_CHANGE, c"TRCCS", c"SSLv3/TLS read change cipher spec"),
    (m::SR_FINISHED, c"TRFIN", c"SSLv3/TLS read finished"),
    (m::SW_SESSION_TICKET, c"TWST", c"SSLv3/TLS write session ticket"),
    (m::SW_CERT_STATUS, c"TWCS", c"SSLv3/TLS write certificate status"),
    (m::SW_CHANGE, c"TWCCS", c"SSLv3/TLS write change cipher spec"),
    (m::SW_FINISHED, c"TWFIN", c"SSLv3/TLS write finished"),
    (m::SW_ENCRYPTED_EXTENSIONS, c"TWEE", c"TLSv1.3 write encrypted extensions"),
    (m::CR_ENCRYPTED_EXTENSIONS, c"TREE", c"TLSv1.3 read encrypted extensions"),
    (m::CR_CERT_VRFY, c"TRSCV", c"TLSv1.3 read server certificate verify"),
    (m::SW_CERT_VRFY, c"TWSCV", c"TLSv1.3 write server certificate verify"),
    (m::SW_KEY_UPDATE, c"TWSKU", c"TLSv1.3 write server key update"),
    (m::CW_KEY_UPDATE, c"TWCKU", c"TLSv1.3 write client key update"),
    (m::SR_KEY_UPDATE, c"TRCKU", c"TLSv1.3 read client key update"),
    (m::CR_KEY_UPDATE, c"TRSKU", c"TLSv1.3 read server key update"),
    (m::EARLY_DATA, c"TED", c"TLSv1.3 early data"),
    (m::CW_END_OF_EARLY_DATA, c"TWEOED", c"TLSv1.3 write end of early data"),
    // The same letters as for writing, as in OpenSSL.
    (m::SR_END_OF_EARLY_DATA, c"TWEOED", c"TLSv1.3 read end of early data"),
];
