//! What a connection knows about itself: versions, randoms, Finished values,
//! signatures, exported keying material.

use std::ffi::CStr;

use libc::*;

use super::connection;
use crate::connection::{Connection, Negotiated};
use crate::context::method::{Protocol, TLS1_2, TLS1_3};
use crate::context::sigalgs::{self, SigAlg};
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::secret::Secret;

/// The version field of the client's hello; before it, the method's version
/// (0x10000 when the method is for any). 0 for NULL. `SSL_client_version(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_version(s: *const SSL) -> c_int {
    const TLS_ANY_VERSION: c_int = 0x10000;
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else { return 0 };
        match connection.negotiated.borrow().client_version {
            0 if connection.settings.borrow().method.protocol == Protocol::Tls => TLS_ANY_VERSION,
            0 => connection.settings.borrow().method.version().unwrap_or(TLS1_2).into(),
            version => version.into(),
        }
    })
}

/// Derives `olen` bytes from the connection's secrets under `label` and, if
/// `use_context` is not 0, `context`. 1 on success, 0 with an error, -1 when
/// there is no session yet. `SSL_export_keying_material(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `out` is writable for `olen` bytes, `label` and
/// `context` are readable for `llen` and `contextlen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_export_keying_material(
    s: *mut SSL,
    out: *mut c_uchar,
    olen: size_t,
    label: *const c_char,
    llen: size_t,
    context: *const c_uchar,
    contextlen: size_t,
    use_context: c_int,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else { return -1 };
        if connection.session.borrow().is_none() {
            return -1;
        }
        let contextlen = if use_context == 0 { 0 } else { contextlen };
        // SAFETY: the caller's promise.
        let inputs = unsafe { (ffi::bytes(label.cast(), llen), ffi::bytes(context, contextlen)) };
        let (Some(label), Some(context)) = inputs else { return 0 };
        let context = (use_context != 0).then_some(context);
        // SAFETY: the caller's promise.
        unsafe { fill(out, olen, |out| connection.export(label, context, out)) }
    })
}

/// As `SSL_export_keying_material`, from the early secret of a TLS 1.3
/// handshake that offers early data. 1 on success, otherwise 0.
/// `SSL_export_keying_material_early(3)`.
///
/// # Safety
/// As for `SSL_export_keying_material`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_export_keying_material_early(
    s: *mut SSL,
    out: *mut c_uchar,
    olen: size_t,
    label: *const c_char,
    llen: size_t,
    context: *const c_uchar,
    contextlen: size_t,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else { return 0 };
        // SAFETY: the caller's promise.
        let inputs = unsafe { (ffi::bytes(label.cast(), llen), ffi::bytes(context, contextlen)) };
        let (Some(label), Some(context)) = inputs else { return 0 };
        // SAFETY: the caller's promise.
        unsafe { fill(out, olen, |out| connection.export_early(label, context, out)) }
    })
}

/// Copies up to `outlen` bytes of the client's random and returns how many; 32,
/// copying nothing, when `outlen` is 0. 0 for NULL. `SSL_get_client_random(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `out` is writable for `outlen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_client_random(ssl: *const SSL, out: *mut c_uchar, outlen: size_t) -> size_t {
    // SAFETY: the caller's promise.
    unsafe { random(ssl, out, outlen, |negotiated| negotiated.client_random) }
}

/// Copies up to `count` bytes of our last Finished message and returns its
/// length, 0 before it was sent. `SSL_get_finished(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `buf` is writable for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_finished(s: *const SSL, buf: *mut c_void, count: size_t) -> size_t {
    // SAFETY: the caller's promise.
    unsafe { finished(s, buf, count, |negotiated| &negotiated.finished) }
}

/// As `SSL_get_finished`: the peer's. `SSL_get_peer_finished(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `buf` is writable for `count` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_peer_finished(s: *const SSL, buf: *mut c_void, count: size_t) -> size_t {
    // SAFETY: the caller's promise.
    unsafe { finished(s, buf, count, |negotiated| &negotiated.peer_finished) }
}

/// Writes the NID of the key type that the peer signed the handshake with: 1,
/// or 0 when it has not signed. `SSL_get_peer_signature_type_nid(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `pnid` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_peer_signature_type_nid(s: *const SSL, pnid: *mut c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { signature_nid(s, pnid, |negotiated| negotiated.peer_signature, |known| known.signature) }
}

/// Copies up to `outlen` bytes of the server's random and returns how many; 32,
/// copying nothing, when `outlen` is 0. 0 for NULL. `SSL_get_server_random(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `out` is writable for `outlen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_server_random(ssl: *const SSL, out: *mut c_uchar, outlen: size_t) -> size_t {
    // SAFETY: the caller's promise.
    unsafe { random(ssl, out, outlen, |negotiated| negotiated.server_random) }
}

/// The signature algorithm at `idx` among those that both ends accept; returns
/// how many there are, 0 when `idx` is out of range. `SSL_get_shared_sigalgs(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; the other pointers are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_shared_sigalgs(
    s: *mut SSL,
    idx: c_int,
    psign: *mut c_int,
    phash: *mut c_int,
    psignandhash: *mut c_int,
    rsig: *mut c_uchar,
    rhash: *mut c_uchar,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else { return 0 };
        let shared = connection.shared_sigalgs();
        let Some(id) = usize::try_from(idx).ok().and_then(|idx| shared.get(idx)) else { return 0 };
        // SAFETY: the caller's promise.
        unsafe { SigAlgOut { psign, phash, psignandhash, rsig, rhash }.write(*id) };
        shared.len() as c_int
    })
}

/// The signature algorithm at `idx` among those that the peer accepts; returns
/// how many there are, also for a negative `idx`, and 0 when `idx` is out of
/// range. `SSL_get_sigalgs(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; the other pointers are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_sigalgs(
    s: *mut SSL,
    idx: c_int,
    psign: *mut c_int,
    phash: *mut c_int,
    psignandhash: *mut c_int,
    rsig: *mut c_uchar,
    rhash: *mut c_uchar,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else { return 0 };
        let offered = connection.negotiated.borrow().peer_sigalgs.clone();
        if let Ok(idx) = usize::try_from(idx) {
            let Some(id) = offered.get(idx) else { return 0 };
            // SAFETY: the caller's promise.
            unsafe { SigAlgOut { psign, phash, psignandhash, rsig, rhash }.write(*id) };
        }
        offered.len() as c_int
    })
}

/// Writes the NID of the key type that we signed the handshake with: 1, or 0
/// when we have not signed. `SSL_get_signature_type_nid(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `pnid` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_signature_type_nid(s: *const SSL, pnid: *mut c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { signature_nid(s, pnid, |negotiated| negotiated.signature, |known| known.signature) }
}

/// The protocol's name, `TLSv1.3` or `TLSv1.2`: what was negotiated, or before
/// that the highest possible. Static; NULL for NULL. `SSL_get_version(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_version(s: *const SSL) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let connection = unsafe { connection(s) };
        let name: Option<&CStr> = connection.map(|connection| match version(&connection) {
            TLS1_3 => c"TLSv1.3",
            TLS1_2 => c"TLSv1.2",
            0x0302 => c"TLSv1.1",
            0x0301 => c"TLSv1",
            _ => c"unknown",
        });
        name.map_or(std::ptr::null(), CStr::as_ptr)
    })
}

/// The protocol's number: what was negotiated, or before that the highest
/// possible. 0 for NULL. `SSL_version(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_version(ssl: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(ssl) }.map_or(0, |connection| version(&connection).into()))
}

/// The version that is agreed on, or the highest that the SSL would take.
pub(super) fn version(connection: &Connection) -> u16 {
    let settings = connection.settings.borrow();
    match connection.negotiated.borrow().version {
        // A client that has sent its hello has settled on what it offers at most.
        0 if settings.method.version().is_some() => settings.method.version().unwrap_or(0),
        0 if !connection.state.get().is_before() && !settings.version_enabled(TLS1_3) => TLS1_2,
        0 => TLS1_3,
        version => version,
    }
}

/// Where the parts of a signature algorithm go.
struct SigAlgOut {
    psign: *mut c_int,
    phash: *mut c_int,
    psignandhash: *mut c_int,
    rsig: *mut c_uchar,
    rhash: *mut c_uchar,
}

impl SigAlgOut {
    /// # Safety
    /// The pointers are NULL or writable.
    unsafe fn write(self, id: u16) {
        let [hash, signature] = id.to_be_bytes();
        let known = sigalgs::by_id(id);
        // SAFETY: the caller's promise.
        unsafe {
            ffi::write(self.psign, known.map_or(0, |known| known.signature));
            ffi::write(self.phash, known.map_or(0, |known| known.hash));
            ffi::write(self.psignandhash, known.map_or(0, |known| known.both));
            ffi::write(self.rsig, signature);
            ffi::write(self.rhash, hash);
        }
    }
}

/// A NID of a signature that was made in the handshake.
///
/// # Safety
/// `s` is NULL or a live SSL; `pnid` is NULL or writable.
pub(crate) unsafe fn signature_nid(
    s: *const SSL,
    pnid: *mut c_int,
    which: impl FnOnce(&Negotiated) -> u16,
    part: impl FnOnce(&SigAlg) -> c_int,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(s) }) else { return 0 };
        let Some(known) = sigalgs::by_id(which(&connection.negotiated.borrow())) else { return 0 };
        // SAFETY: the caller's promise.
        unsafe { ffi::write(pnid, part(known)) };
        1
    })
}

/// Has `make` fill C's buffer; on failure it is left alone.
///
/// # Safety
/// `out` is writable for `len` bytes.
unsafe fn fill(out: *mut c_uchar, len: size_t, make: impl FnOnce(&mut [u8]) -> bool) -> c_int {
    // C's memory may not be initialised: the bytes are made in ours.
    let mut bytes = Secret::zeroed(len);
    if !make(&mut bytes) {
        return 0;
    }
    // SAFETY: the caller's promise.
    unsafe { copy(&bytes, out.cast(), len) };
    1
}

/// # Safety
/// `ssl` is NULL or a live SSL; `out` is writable for `len` bytes.
unsafe fn random(
    ssl: *const SSL,
    out: *mut c_uchar,
    len: size_t,
    which: impl FnOnce(&Negotiated) -> [u8; 32],
) -> size_t {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(ssl) }) else { return 0 };
        let random = which(&connection.negotiated.borrow());
        // SAFETY: the caller's promise.
        unsafe { copy(&random, out.cast(), len) };
        if len == 0 { random.len() } else { random.len().min(len) }
    })
}

/// # Safety
/// `ssl` is NULL or a live SSL; `out` is writable for `len` bytes.
unsafe fn finished(ssl: *const SSL, out: *mut c_void, len: size_t, which: impl FnOnce(&Negotiated) -> &[u8]) -> size_t {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(ssl) }) else { return 0 };
        let negotiated = connection.negotiated.borrow();
        let verify_data = which(&negotiated);
        // SAFETY: the caller's promise.
        unsafe { copy(verify_data, out, len) };
        verify_data.len()
    })
}

/// Copies as much of `from` as fits.
///
/// # Safety
/// `to` is NULL or writable for `len` bytes.
unsafe fn copy(from: &[u8], to: *mut c_void, len: size_t) {
    if !to.is_null() {
        // SAFETY: the caller's promise; the regions are ours and C's.
        unsafe { std::ptr::copy_nonoverlapping(from.as_ptr(), to.cast(), from.len().min(len)) };
    }
}
