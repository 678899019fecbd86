//! `SSL_ctrl`, `SSL_CTX_ctrl`, and the callback forms.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_callback_ctrl(
    _a: *mut SSL_CTX,
    _b: c_int,
    _c: Option<unsafe extern "C" fn()>,
) -> c_long {
    unwritten("SSL_CTX_callback_ctrl", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_ctrl(_ctx: *mut SSL_CTX, _cmd: c_int, _larg: c_long, _parg: *mut c_void) -> c_long {
    unwritten("SSL_CTX_ctrl", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_callback_ctrl(_a: *mut SSL, _b: c_int, _c: Option<unsafe extern "C" fn()>) -> c_long {
    unwritten("SSL_callback_ctrl", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_ctrl(_ssl: *mut SSL, _cmd: c_int, _larg: c_long, _parg: *mut c_void) -> c_long {
    unwritten("SSL_ctrl", 0)
}
