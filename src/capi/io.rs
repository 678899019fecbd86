//! `SSL_read(3)`, `SSL_write(3)`, `SSL_shutdown(3)`, `SSL_get_error(3)`.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alloc_buffers(_ssl: *mut SSL) -> c_int {
    unwritten("SSL_alloc_buffers", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_free_buffers(_ssl: *mut SSL) -> c_int {
    unwritten("SSL_free_buffers", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_error(_s: *const SSL, _ret_code: c_int) -> c_int {
    unwritten("SSL_get_error", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_read_ahead(_s: *const SSL) -> c_int {
    unwritten("SSL_get_read_ahead", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_shutdown(_ssl: *const SSL) -> c_int {
    unwritten("SSL_get_shutdown", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_has_pending(_s: *const SSL) -> c_int {
    unwritten("SSL_has_pending", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_peek(_ssl: *mut SSL, _buf: *mut c_void, _num: c_int) -> c_int {
    unwritten("SSL_peek", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_peek_ex(
    _ssl: *mut SSL,
    _buf: *mut c_void,
    _num: size_t,
    _readbytes: *mut size_t,
) -> c_int {
    unwritten("SSL_peek_ex", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_pending(_s: *const SSL) -> c_int {
    unwritten("SSL_pending", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_read(_ssl: *mut SSL, _buf: *mut c_void, _num: c_int) -> c_int {
    unwritten("SSL_read", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_read_ex(
    _ssl: *mut SSL,
    _buf: *mut c_void,
    _num: size_t,
    _readbytes: *mut size_t,
) -> c_int {
    unwritten("SSL_read_ex", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_sendfile(
    _s: *mut SSL,
    _fd: c_int,
    _offset: off_t,
    _size: size_t,
    _flags: c_int,
) -> ssize_t {
    unwritten("SSL_sendfile", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_default_read_buffer_len(_s: *mut SSL, _len: size_t) {
    unwritten("SSL_set_default_read_buffer_len", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_read_ahead(_s: *mut SSL, _yes: c_int) {
    unwritten("SSL_set_read_ahead", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_shutdown(_ssl: *mut SSL, _mode: c_int) {
    unwritten("SSL_set_shutdown", ())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_shutdown(_s: *mut SSL) -> c_int {
    unwritten("SSL_shutdown", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_want(_s: *const SSL) -> c_int {
    unwritten("SSL_want", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_write(_ssl: *mut SSL, _buf: *const c_void, _num: c_int) -> c_int {
    unwritten("SSL_write", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_write_ex(_s: *mut SSL, _buf: *const c_void, _num: size_t, _written: *mut size_t) -> c_int {
    unwritten("SSL_write_ex", 0)
}
