//! What was negotiated: versions, randoms, exporters.

use libc::*;

use crate::ffi::types::*;
use crate::ffi::unwritten;

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_version(_s: *const SSL) -> c_int {
    unwritten("SSL_client_version", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_export_keying_material(
    _s: *mut SSL,
    _out: *mut c_uchar,
    _olen: size_t,
    _label: *const c_char,
    _llen: size_t,
    _context: *const c_uchar,
    _contextlen: size_t,
    _use_context: c_int,
) -> c_int {
    unwritten("SSL_export_keying_material", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_export_keying_material_early(
    _s: *mut SSL,
    _out: *mut c_uchar,
    _olen: size_t,
    _label: *const c_char,
    _llen: size_t,
    _context: *const c_uchar,
    _contextlen: size_t,
) -> c_int {
    unwritten("SSL_export_keying_material_early", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_client_random(_ssl: *const SSL, _out: *mut c_uchar, _outlen: size_t) -> size_t {
    unwritten("SSL_get_client_random", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_finished(_s: *const SSL, _buf: *mut c_void, _count: size_t) -> size_t {
    unwritten("SSL_get_finished", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_peer_finished(_s: *const SSL, _buf: *mut c_void, _count: size_t) -> size_t {
    unwritten("SSL_get_peer_finished", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_peer_signature_type_nid(_s: *const SSL, _pnid: *mut c_int) -> c_int {
    unwritten("SSL_get_peer_signature_type_nid", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_server_random(_ssl: *const SSL, _out: *mut c_uchar, _outlen: size_t) -> size_t {
    unwritten("SSL_get_server_random", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_shared_sigalgs(
    _s: *mut SSL,
    _idx: c_int,
    _psign: *mut c_int,
    _phash: *mut c_int,
    _psignandhash: *mut c_int,
    _rsig: *mut c_uchar,
    _rhash: *mut c_uchar,
) -> c_int {
    unwritten("SSL_get_shared_sigalgs", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_sigalgs(
    _s: *mut SSL,
    _idx: c_int,
    _psign: *mut c_int,
    _phash: *mut c_int,
    _psignandhash: *mut c_int,
    _rsig: *mut c_uchar,
    _rhash: *mut c_uchar,
) -> c_int {
    unwritten("SSL_get_sigalgs", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_signature_type_nid(_s: *const SSL, _pnid: *mut c_int) -> c_int {
    unwritten("SSL_get_signature_type_nid", 0)
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_version(_s: *const SSL) -> *const c_char {
    unwritten("SSL_get_version", std::ptr::null())
}

/// Not written yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_version(_ssl: *const SSL) -> c_int {
    unwritten("SSL_version", 0)
}
