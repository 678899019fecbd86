//! `SSL_CONF_*` and `SSL_CTX_config`.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_clear_flags(_cctx: *mut SSL_CONF_CTX, _flags: c_uint) -> c_uint {
    unwritten("SSL_CONF_CTX_clear_flags", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_finish(_cctx: *mut SSL_CONF_CTX) -> c_int {
    unwritten("SSL_CONF_CTX_finish", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_free(_cctx: *mut SSL_CONF_CTX) {
    unwritten("SSL_CONF_CTX_free", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_new() -> *mut SSL_CONF_CTX {
    unwritten("SSL_CONF_CTX_new", std::ptr::null_mut())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_set1_prefix(_cctx: *mut SSL_CONF_CTX, _pre: *const c_char) -> c_int {
    unwritten("SSL_CONF_CTX_set1_prefix", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_set_flags(_cctx: *mut SSL_CONF_CTX, _flags: c_uint) -> c_uint {
    unwritten("SSL_CONF_CTX_set_flags", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_set_ssl(_cctx: *mut SSL_CONF_CTX, _ssl: *mut SSL) {
    unwritten("SSL_CONF_CTX_set_ssl", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_CTX_set_ssl_ctx(_cctx: *mut SSL_CONF_CTX, _ctx: *mut SSL_CTX) {
    unwritten("SSL_CONF_CTX_set_ssl_ctx", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_cmd(_cctx: *mut SSL_CONF_CTX, _cmd: *const c_char, _value: *const c_char) -> c_int {
    unwritten("SSL_CONF_cmd", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_cmd_argv(
    _cctx: *mut SSL_CONF_CTX,
    _pargc: *mut c_int,
    _pargv: *mut *mut *mut c_char,
) -> c_int {
    unwritten("SSL_CONF_cmd_argv", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CONF_cmd_value_type(_cctx: *mut SSL_CONF_CTX, _cmd: *const c_char) -> c_int {
    unwritten("SSL_CONF_cmd_value_type", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_config(_ctx: *mut SSL_CTX, _name: *const c_char) -> c_int {
    unwritten("SSL_CTX_config", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_add_ssl_module() {
    unwritten("SSL_add_ssl_module", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_config(_s: *mut SSL, _name: *const c_char) -> c_int {
    unwritten("SSL_config", 0)
}
