//! `SSL_SESSION` objects: `SSL_SESSION_*`, DER and PEM.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PEM_read_SSL_SESSION(
    _out: *mut FILE,
    _x: *mut *mut SSL_SESSION,
    _cb: Option<pem_password_cb>,
    _u: *mut c_void,
) -> *mut SSL_SESSION {
    unwritten("PEM_read_SSL_SESSION", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PEM_read_bio_SSL_SESSION(
    _out: *mut BIO,
    _x: *mut *mut SSL_SESSION,
    _cb: Option<pem_password_cb>,
    _u: *mut c_void,
) -> *mut SSL_SESSION {
    unwritten("PEM_read_bio_SSL_SESSION", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PEM_write_SSL_SESSION(_out: *mut FILE, _x: *const SSL_SESSION) -> c_int {
    unwritten("PEM_write_SSL_SESSION", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PEM_write_bio_SSL_SESSION(_out: *mut BIO, _x: *const SSL_SESSION) -> c_int {
    unwritten("PEM_write_bio_SSL_SESSION", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_dup(_src: *const SSL_SESSION) -> *mut SSL_SESSION {
    unwritten("SSL_SESSION_dup", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_free(_ses: *mut SSL_SESSION) {
    unwritten("SSL_SESSION_free", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_alpn_selected(
    _s: *const SSL_SESSION,
    _alpn: *mut *const c_uchar,
    _len: *mut size_t,
) {
    unwritten("SSL_SESSION_get0_alpn_selected", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_cipher(_s: *const SSL_SESSION) -> *const SSL_CIPHER {
    unwritten("SSL_SESSION_get0_cipher", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_hostname(_s: *const SSL_SESSION) -> *const c_char {
    unwritten("SSL_SESSION_get0_hostname", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_id_context(_s: *const SSL_SESSION, _len: *mut c_uint) -> *const c_uchar {
    unwritten("SSL_SESSION_get0_id_context", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_peer(_s: *mut SSL_SESSION) -> *mut X509 {
    unwritten("SSL_SESSION_get0_peer", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_ticket(
    _s: *const SSL_SESSION,
    _tick: *mut *const c_uchar,
    _len: *mut size_t,
) {
    unwritten("SSL_SESSION_get0_ticket", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_ticket_appdata(
    _ss: *mut SSL_SESSION,
    _data: *mut *mut c_void,
    _len: *mut size_t,
) -> c_int {
    unwritten("SSL_SESSION_get0_ticket_appdata", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_compress_id(_s: *const SSL_SESSION) -> c_uint {
    unwritten("SSL_SESSION_get_compress_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_ex_data(_ss: *const SSL_SESSION, _idx: c_int) -> *mut c_void {
    unwritten("SSL_SESSION_get_ex_data", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_id(_s: *const SSL_SESSION, _len: *mut c_uint) -> *const c_uchar {
    unwritten("SSL_SESSION_get_id", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_master_key(
    _sess: *const SSL_SESSION,
    _out: *mut c_uchar,
    _outlen: size_t,
) -> size_t {
    unwritten("SSL_SESSION_get_master_key", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_max_fragment_length(_sess: *const SSL_SESSION) -> u8 {
    unwritten("SSL_SESSION_get_max_fragment_length", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_protocol_version(_s: *const SSL_SESSION) -> c_int {
    unwritten("SSL_SESSION_get_protocol_version", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_ticket_lifetime_hint(_s: *const SSL_SESSION) -> c_ulong {
    unwritten("SSL_SESSION_get_ticket_lifetime_hint", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_time(_s: *const SSL_SESSION) -> c_long {
    unwritten("SSL_SESSION_get_time", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_timeout(_s: *const SSL_SESSION) -> c_long {
    unwritten("SSL_SESSION_get_timeout", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_has_ticket(_s: *const SSL_SESSION) -> c_int {
    unwritten("SSL_SESSION_has_ticket", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_is_resumable(_s: *const SSL_SESSION) -> c_int {
    unwritten("SSL_SESSION_is_resumable", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_new() -> *mut SSL_SESSION {
    unwritten("SSL_SESSION_new", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_print(_fp: *mut BIO, _ses: *const SSL_SESSION) -> c_int {
    unwritten("SSL_SESSION_print", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_print_fp(_fp: *mut FILE, _ses: *const SSL_SESSION) -> c_int {
    unwritten("SSL_SESSION_print_fp", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_print_keylog(_bp: *mut BIO, _x: *const SSL_SESSION) -> c_int {
    unwritten("SSL_SESSION_print_keylog", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_alpn_selected(
    _s: *mut SSL_SESSION,
    _alpn: *const c_uchar,
    _len: size_t,
) -> c_int {
    unwritten("SSL_SESSION_set1_alpn_selected", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_hostname(_s: *mut SSL_SESSION, _hostname: *const c_char) -> c_int {
    unwritten("SSL_SESSION_set1_hostname", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_id(_s: *mut SSL_SESSION, _sid: *const c_uchar, _sid_len: c_uint) -> c_int {
    unwritten("SSL_SESSION_set1_id", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_id_context(
    _s: *mut SSL_SESSION,
    _sid_ctx: *const c_uchar,
    _sid_ctx_len: c_uint,
) -> c_int {
    unwritten("SSL_SESSION_set1_id_context", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_master_key(
    _sess: *mut SSL_SESSION,
    _inp: *const c_uchar,
    _len: size_t,
) -> c_int {
    unwritten("SSL_SESSION_set1_master_key", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_ticket_appdata(
    _ss: *mut SSL_SESSION,
    _data: *const c_void,
    _len: size_t,
) -> c_int {
    unwritten("SSL_SESSION_set1_ticket_appdata", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_cipher(_s: *mut SSL_SESSION, _cipher: *const SSL_CIPHER) -> c_int {
    unwritten("SSL_SESSION_set_cipher", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_ex_data(_ss: *mut SSL_SESSION, _idx: c_int, _data: *mut c_void) -> c_int {
    unwritten("SSL_SESSION_set_ex_data", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_protocol_version(_s: *mut SSL_SESSION, _version: c_int) -> c_int {
    unwritten("SSL_SESSION_set_protocol_version", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_time(_s: *mut SSL_SESSION, _t: c_long) -> c_long {
    unwritten("SSL_SESSION_set_time", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_timeout(_s: *mut SSL_SESSION, _t: c_long) -> c_long {
    unwritten("SSL_SESSION_set_timeout", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_up_ref(_ses: *mut SSL_SESSION) -> c_int {
    unwritten("SSL_SESSION_up_ref", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn d2i_SSL_SESSION(
    _a: *mut *mut SSL_SESSION,
    _pp: *mut *const c_uchar,
    _length: c_long,
) -> *mut SSL_SESSION {
    unwritten("d2i_SSL_SESSION", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn i2d_SSL_SESSION(_inp: *const SSL_SESSION, _pp: *mut *mut c_uchar) -> c_int {
    unwritten("i2d_SSL_SESSION", 0)
}
