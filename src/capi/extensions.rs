//! ALPN, SNI, NPN, custom extensions.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_client_custom_ext(
    _ctx: *mut SSL_CTX,
    _ext_type: c_uint,
    _add_cb: custom_ext_add_cb,
    _free_cb: custom_ext_free_cb,
    _add_arg: *mut c_void,
    _parse_cb: custom_ext_parse_cb,
    _parse_arg: *mut c_void,
) -> c_int {
    unwritten("SSL_CTX_add_client_custom_ext", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_custom_ext(
    _ctx: *mut SSL_CTX,
    _ext_type: c_uint,
    _context: c_uint,
    _add_cb: SSL_custom_ext_add_cb_ex,
    _free_cb: SSL_custom_ext_free_cb_ex,
    _add_arg: *mut c_void,
    _parse_cb: SSL_custom_ext_parse_cb_ex,
    _parse_arg: *mut c_void,
) -> c_int {
    unwritten("SSL_CTX_add_custom_ext", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_server_custom_ext(
    _ctx: *mut SSL_CTX,
    _ext_type: c_uint,
    _add_cb: custom_ext_add_cb,
    _free_cb: custom_ext_free_cb,
    _add_arg: *mut c_void,
    _parse_cb: custom_ext_parse_cb,
    _parse_arg: *mut c_void,
) -> c_int {
    unwritten("SSL_CTX_add_server_custom_ext", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_has_client_custom_ext(_ctx: *const SSL_CTX, _ext_type: c_uint) -> c_int {
    unwritten("SSL_CTX_has_client_custom_ext", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_alpn_protos(
    _ctx: *mut SSL_CTX,
    _protos: *const c_uchar,
    _protos_len: c_uint,
) -> c_int {
    unwritten("SSL_CTX_set_alpn_protos", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_alpn_select_cb(
    _ctx: *mut SSL_CTX,
    _cb: SSL_CTX_alpn_select_cb_func,
    _arg: *mut c_void,
) {
    unwritten("SSL_CTX_set_alpn_select_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_next_proto_select_cb(
    _s: *mut SSL_CTX,
    _cb: SSL_CTX_npn_select_cb_func,
    _arg: *mut c_void,
) {
    unwritten("SSL_CTX_set_next_proto_select_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_next_protos_advertised_cb(
    _s: *mut SSL_CTX,
    _cb: SSL_CTX_npn_advertised_cb_func,
    _arg: *mut c_void,
) {
    unwritten("SSL_CTX_set_next_protos_advertised_cb", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_tlsext_max_fragment_length(_ctx: *mut SSL_CTX, _mode: u8) -> c_int {
    unwritten("SSL_CTX_set_tlsext_max_fragment_length", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_serverinfo(
    _ctx: *mut SSL_CTX,
    _serverinfo: *const c_uchar,
    _serverinfo_length: size_t,
) -> c_int {
    unwritten("SSL_CTX_use_serverinfo", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_serverinfo_ex(
    _ctx: *mut SSL_CTX,
    _version: c_uint,
    _serverinfo: *const c_uchar,
    _serverinfo_length: size_t,
) -> c_int {
    unwritten("SSL_CTX_use_serverinfo_ex", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_serverinfo_file(_ctx: *mut SSL_CTX, _file: *const c_char) -> c_int {
    unwritten("SSL_CTX_use_serverinfo_file", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_extension_supported(_ext_type: c_uint) -> c_int {
    unwritten("SSL_extension_supported", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_alpn_selected(_ssl: *const SSL, _data: *mut *const c_uchar, _len: *mut c_uint) {
    unwritten("SSL_get0_alpn_selected", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_next_proto_negotiated(_s: *const SSL, _data: *mut *const c_uchar, _len: *mut c_uint) {
    unwritten("SSL_get0_next_proto_negotiated", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_servername(_s: *const SSL, _type_: c_int) -> *const c_char {
    unwritten("SSL_get_servername", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_servername_type(_s: *const SSL) -> c_int {
    unwritten("SSL_get_servername_type", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_select_next_proto(
    _out: *mut *mut c_uchar,
    _outlen: *mut c_uchar,
    _inp: *const c_uchar,
    _inlen: c_uint,
    _client: *const c_uchar,
    _client_len: c_uint,
) -> c_int {
    unwritten("SSL_select_next_proto", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_alpn_protos(_ssl: *mut SSL, _protos: *const c_uchar, _protos_len: c_uint) -> c_int {
    unwritten("SSL_set_alpn_protos", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_tlsext_max_fragment_length(_ssl: *mut SSL, _mode: u8) -> c_int {
    unwritten("SSL_set_tlsext_max_fragment_length", 0)
}
