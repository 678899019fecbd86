//! `SSL_SESSION` objects: `SSL_SESSION_*`, DER and PEM.
//!
//! NULL where OpenSSL would crash gives the function's failure value and
//! `ERR_R_PASSED_NULL_PARAMETER`.

use std::ffi::{CStr, CString};

use crate::secret::Secret;
use libc::*;

use crate::context::cipher::{self, Cipher};
use crate::context::settings::IdContext;
use crate::ffi::types::*;
use crate::ffi::{self, Ref, guard};
use crate::libcrypto::bio::Bio;
use crate::libcrypto::session_asn1::Decoded;
use crate::libcrypto::{err, pem};
use crate::reason;
use crate::session::{Fields, Id, Session, der, text};

/// The session behind a C pointer; NULL is an error on the queue.
///
/// # Safety
/// `ptr` is NULL or a live SSL_SESSION that the caller keeps alive for `'a`.
unsafe fn session<'a>(ptr: *const SSL_SESSION) -> Option<&'a Session> {
    // SAFETY: the caller's promise.
    let session = unsafe { ffi::handle::borrow(ptr) };
    if session.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    session
}

/// The label of a session's PEM form.
const PEM_NAME: &CStr = c"SSL SESSION PARAMETERS";

unsafe extern "C" fn i2d(session: *const c_void, out: *mut *mut c_uchar) -> c_int {
    // SAFETY: libcrypto passes on what it was given.
    unsafe { i2d_SSL_SESSION(session.cast(), out) }
}

unsafe extern "C" fn d2i(session: *mut *mut c_void, data: *mut *const c_uchar, len: c_long) -> *mut c_void {
    // SAFETY: libcrypto passes on what it was given, and bytes of its own.
    unsafe { d2i_SSL_SESSION(session.cast(), data, len).cast() }
}

/// Where `d2i_SSL_SESSION` is to read; NULL is an error on the queue.
///
/// # Safety
/// `pp` is NULL or readable.
unsafe fn der_input(pp: *const *const c_uchar) -> Option<*const c_uchar> {
    // SAFETY: the caller's promise.
    let data = unsafe { pp.as_ref() }.copied().filter(|data| !data.is_null());
    if data.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    data
}

/// A pointer and a length for C, from bytes that the session keeps.
fn parts(bytes: Option<&[u8]>) -> (*const c_uchar, usize) {
    bytes.map_or((std::ptr::null(), 0), |bytes| (bytes.as_ptr(), bytes.len()))
}

/// A copy of what C points to; `None` for NULL or no bytes.
///
/// # Safety
/// `data` is NULL or readable for `len` bytes.
unsafe fn copied(data: *const c_uchar, len: usize) -> Option<Box<[u8]>> {
    if data.is_null() || len == 0 {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { std::slice::from_raw_parts(data, len) }.into())
}

/// A pointer for C to a string that the session keeps.
fn string(text: &Option<CString>) -> *const c_char {
    text.as_ref().map_or(std::ptr::null(), |text| text.as_ptr())
}

/// As [`PEM_read_bio_SSL_SESSION`], from a file. `PEM_read_SSL_SESSION(3)`.
///
/// # Safety
/// `out` is an open FILE; otherwise as [`d2i_SSL_SESSION`] and `PEM_read(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PEM_read_SSL_SESSION(
    file: *mut FILE,
    x: *mut *mut SSL_SESSION,
    cb: Option<pem_password_cb>,
    u: *mut c_void,
) -> *mut SSL_SESSION {
    // SAFETY: the caller's promise.
    guard(std::ptr::null_mut(), || unsafe { pem::read_file(PEM_NAME, d2i, file, x.cast(), cb, u).cast() })
}

/// Reads a session from its PEM form. The rest is as in [`d2i_SSL_SESSION`].
/// `PEM_read_bio_SSL_SESSION(3)`.
///
/// # Safety
/// `out` is a live BIO; otherwise as [`d2i_SSL_SESSION`] and `PEM_read_bio(3)`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PEM_read_bio_SSL_SESSION(
    bio: *mut BIO,
    x: *mut *mut SSL_SESSION,
    cb: Option<pem_password_cb>,
    u: *mut c_void,
) -> *mut SSL_SESSION {
    // SAFETY: the caller's promise.
    guard(std::ptr::null_mut(), || unsafe { pem::read_bio(PEM_NAME, d2i, bio, x.cast(), cb, u).cast() })
}

/// As [`PEM_write_bio_SSL_SESSION`], to a file. `PEM_write_SSL_SESSION(3)`.
///
/// # Safety
/// `out` is an open FILE; `x` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PEM_write_SSL_SESSION(file: *mut FILE, x: *const SSL_SESSION) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { pem::write_file(PEM_NAME, i2d, file, x.cast()) })
}

/// Writes a session in PEM form: 1, or 0 on failure.
/// `PEM_write_bio_SSL_SESSION(3)`.
///
/// # Safety
/// `out` is a live BIO; `x` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn PEM_write_bio_SSL_SESSION(bio: *mut BIO, x: *const SSL_SESSION) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { pem::write_bio(PEM_NAME, i2d, bio, x.cast()) })
}

/// A copy with one reference for the caller, in no cache. NULL on failure.
/// `SSL_SESSION_dup(3)`.
///
/// # Safety
/// `src` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_dup(src: *const SSL_SESSION) -> *mut SSL_SESSION {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let src = unsafe { session(src) };
        src.and_then(Session::dup).map_or(std::ptr::null_mut(), Ref::into_ptr)
    })
}

/// Gives up one reference; the last one frees the session. NULL is ignored.
/// `SSL_SESSION_free(3)`.
///
/// # Safety
/// `ses` is NULL or an SSL_SESSION of which the caller gives up a reference.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_free(ses: *mut SSL_SESSION) {
    // SAFETY: the caller's promise.
    guard((), || drop(unsafe { Ref::<Session>::from_ptr(ses) }))
}

/// Points `*alpn` and `*len` at the ALPN protocol, which the session owns; NULL
/// and 0 when there is none. `SSL_SESSION_get0_alpn_selected(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `alpn` and `len` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_alpn_selected(
    s: *const SSL_SESSION,
    alpn: *mut *const c_uchar,
    len: *mut size_t,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return };
        let (data, data_len) = s.read(|fields| parts(fields.alpn.as_deref()));
        // SAFETY: the caller's promise.
        unsafe {
            ffi::write(alpn, data);
            ffi::write(len, data_len);
        }
    })
}

/// The session's cipher, NULL when none is known; static.
/// `SSL_SESSION_get0_cipher(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_cipher(s: *const SSL_SESSION) -> *const SSL_CIPHER {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return std::ptr::null() };
        cipher::by_code_point(s.read(|fields| fields.cipher)).map_or(std::ptr::null(), Cipher::as_ptr)
    })
}

/// The server's name, owned by the session; NULL when there is none.
/// `SSL_SESSION_get0_hostname(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_hostname(s: *const SSL_SESSION) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        unsafe { session(s) }.map_or(std::ptr::null(), |s| s.read(|fields| string(&fields.hostname)))
    })
}

/// The session id context, owned by the session and never NULL, and its length
/// in `*len` unless `len` is NULL. `SSL_SESSION_get0_id_context(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `len` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_id_context(s: *const SSL_SESSION, len: *mut c_uint) -> *const c_uchar {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return std::ptr::null() };
        let (context, context_len) = s.read(|fields| parts(Some(fields.id_context.as_bytes())));
        // SAFETY: the caller's promise.
        unsafe { ffi::write(len, context_len as c_uint) };
        context
    })
}

/// The peer's certificate, owned by the session; NULL when it sent none.
/// `SSL_SESSION_get0_peer(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_peer(s: *mut SSL_SESSION) -> *mut X509 {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return std::ptr::null_mut() };
        // The chain keeps the certificate that this clone is of.
        s.read(|fields| fields.peer_chain.clone()).leaf().map_or(std::ptr::null_mut(), |leaf| leaf.as_ptr())
    })
}

/// Points `*tick` (unless `tick` is NULL) and `*len` at the ticket, which the
/// session owns; NULL and 0 when there is none. `SSL_SESSION_get0_ticket(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `tick` and `len` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_ticket(s: *const SSL_SESSION, tick: *mut *const c_uchar, len: *mut size_t) {
    guard((), || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return };
        let (data, data_len) = s.read(|fields| parts(fields.ticket.as_deref()));
        // SAFETY: the caller's promise.
        unsafe {
            ffi::write(tick, data);
            ffi::write(len, data_len);
        }
    })
}

/// Points `*data` and `*len` at the application's data of the ticket, which the
/// session owns; NULL and 0 when there is none. Returns 1.
/// `SSL_SESSION_get0_ticket_appdata(3)`.
///
/// # Safety
/// `ss` is NULL or a live SSL_SESSION; `data` and `len` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get0_ticket_appdata(
    ss: *mut SSL_SESSION,
    data: *mut *mut c_void,
    len: *mut size_t,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ss) = (unsafe { session(ss) }) else { return 0 };
        let (appdata, appdata_len) = ss.read(|fields| parts(fields.ticket_appdata.as_deref()));
        // SAFETY: the caller's promise.
        unsafe {
            ffi::write(data, appdata.cast_mut().cast());
            ffi::write(len, appdata_len);
        }
        1
    })
}

/// The compression method's number: 0, as there is no compression, unless the
/// session was read from an encoding that says otherwise.
/// `SSL_SESSION_get_compress_id(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_compress_id(s: *const SSL_SESSION) -> c_uint {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { session(s) }.map_or(0, |s| s.read(|fields| fields.compression.into())))
}

/// The application's pointer at `idx`; NULL when none was set.
/// `SSL_SESSION_get_ex_data(3)`.
///
/// # Safety
/// `ss` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_ex_data(ss: *const SSL_SESSION, idx: c_int) -> *mut c_void {
    // SAFETY: the caller's promise.
    guard(std::ptr::null_mut(), || unsafe { session(ss) }.map_or(std::ptr::null_mut(), |ss| ss.ex_data.get(idx)))
}

/// The session id, owned by the session and never NULL, and its length in
/// `*len` unless `len` is NULL. `SSL_SESSION_get_id(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `len` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_id(s: *const SSL_SESSION, len: *mut c_uint) -> *const c_uchar {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return std::ptr::null() };
        let (id, id_len) = s.read(|fields| parts(Some(fields.id.as_bytes())));
        // SAFETY: the caller's promise.
        unsafe { ffi::write(len, id_len as c_uint) };
        id
    })
}

/// Copies up to `outlen` bytes of the secret to `out` and returns how many; with
/// `outlen` 0 returns the secret's length. `SSL_SESSION_get_master_key(3)`.
///
/// # Safety
/// `sess` is NULL or a live SSL_SESSION; `out` is writable for `outlen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_master_key(
    sess: *const SSL_SESSION,
    out: *mut c_uchar,
    outlen: size_t,
) -> size_t {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(sess) = (unsafe { session(sess) }) else { return 0 };
        sess.read(|fields| {
            let secret = &fields.secret;
            if outlen == 0 || out.is_null() {
                return secret.len();
            }
            let n = outlen.min(secret.len());
            // SAFETY: `out` has room for `outlen` bytes.
            unsafe { std::ptr::copy_nonoverlapping(secret.as_ptr(), out, n) };
            n
        })
    })
}

/// The mode of the maximum fragment length extension: 0 when it was not
/// negotiated. `SSL_SESSION_get_max_fragment_length(3)`.
///
/// # Safety
/// `sess` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_max_fragment_length(sess: *const SSL_SESSION) -> u8 {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { session(sess) }.map_or(0, |s| s.read(|fields| fields.max_fragment_length())))
}

/// The protocol version, 0 when none is known. `SSL_SESSION_get_protocol_version(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_protocol_version(s: *const SSL_SESSION) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { session(s) }.map_or(0, |s| s.read(|fields| fields.version)))
}

/// For how many seconds the server said it would accept the ticket; 0 when it
/// did not say. `SSL_SESSION_get_ticket_lifetime_hint(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_ticket_lifetime_hint(s: *const SSL_SESSION) -> c_ulong {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { session(s) }.map_or(0, |s| s.read(|fields| fields.lifetime_hint)))
}

/// When the session was made, in seconds since 1970; 0 for NULL.
/// `SSL_SESSION_get_time(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_time(s: *const SSL_SESSION) -> c_long {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { ffi::handle::borrow::<Session>(s) }.map_or(0, |s| s.read(|fields| fields.time)))
}

/// For how many seconds the session may be resumed; 0 for NULL.
/// `SSL_SESSION_get_timeout(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_get_timeout(s: *const SSL_SESSION) -> c_long {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { ffi::handle::borrow::<Session>(s) }.map_or(0, |s| s.read(|fields| fields.timeout)))
}

/// 1 when the session has a ticket, otherwise 0. `SSL_SESSION_has_ticket(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_has_ticket(s: *const SSL_SESSION) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { session(s) }.is_some_and(|s| s.read(Fields::has_ticket)).into())
}

/// 1 when a handshake may be resumed from the session: it was not marked
/// otherwise, and has an id or a ticket. `SSL_SESSION_is_resumable(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_is_resumable(s: *const SSL_SESSION) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { session(s) }.is_some_and(Session::is_resumable).into())
}

/// A new, empty session with one reference for the caller: made now, with a
/// timeout of 304 seconds. NULL when memory is short. `SSL_SESSION_new(3)`.
///
/// # Safety
/// None; `unsafe` as every exported function.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_new() -> *mut SSL_SESSION {
    guard(std::ptr::null_mut(), || Session::new().map_or(std::ptr::null_mut(), Ref::into_ptr))
}

/// Writes a session as text: 1, or 0 for NULL and on failure.
/// `SSL_SESSION_print(3)`.
///
/// # Safety
/// `fp` is a live BIO; `ses` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_print(bio: *mut BIO, ses: *const SSL_SESSION) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { (Bio::share_ptr(bio), ffi::handle::borrow::<Session>(ses)) } {
            (Some(bio), Some(session)) => text::print(&bio, session).into(),
            _ => 0,
        }
    })
}

/// As [`SSL_SESSION_print`], to a file. `SSL_SESSION_print(3)`.
///
/// # Safety
/// `fp` is an open FILE; `ses` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_print_fp(file: *mut FILE, ses: *const SSL_SESSION) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { (Bio::file(file), ffi::handle::borrow::<Session>(ses)) } {
            (Some(bio), Some(session)) => text::print(&bio, session).into(),
            _ => 0,
        }
    })
}

/// Writes the id and the secret as a line of a key log: 1, or 0 when either is
/// empty, for NULL and on failure. `SSL_SESSION_print(3)`.
///
/// # Safety
/// `bp` is a live BIO; `x` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_print_keylog(bio: *mut BIO, x: *const SSL_SESSION) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { (Bio::share_ptr(bio), ffi::handle::borrow::<Session>(x)) } {
            (Some(bio), Some(session)) => text::print_keylog(&bio, session).into(),
            _ => 0,
        }
    })
}

/// Copies the ALPN protocol; NULL or no bytes remove it. Returns 1.
/// `SSL_SESSION_set1_alpn_selected(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `alpn` is NULL or readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_alpn_selected(
    s: *mut SSL_SESSION,
    alpn: *const c_uchar,
    len: size_t,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return 0 };
        // SAFETY: the caller's promise.
        let alpn = unsafe { copied(alpn, len) };
        s.update(|fields| fields.alpn = alpn);
        1
    })
}

/// Copies the server's name; NULL removes it. Returns 1. `SSL_SESSION_set1_hostname(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `hostname` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_hostname(s: *mut SSL_SESSION, hostname: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return 0 };
        // SAFETY: the caller's promise.
        let name = (!hostname.is_null()).then(|| unsafe { CStr::from_ptr(hostname) }.to_owned());
        s.update(|fields| fields.hostname = name);
        1
    })
}

/// Copies an id of up to 32 bytes: 1, or 0 and `SSL_SESSION_ID_TOO_LONG`.
/// `SSL_SESSION_set1_id(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `sid` is readable for `sid_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_id(s: *mut SSL_SESSION, sid: *const c_uchar, sid_len: c_uint) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (Some(s), Some(bytes)) = (unsafe { (session(s), ffi::bytes(sid, sid_len as usize)) }) else { return 0 };
        let Some(id) = Id::new(bytes) else {
            err::raise(reason::SSL_SESSION_ID_TOO_LONG);
            return 0;
        };
        s.update(|fields| fields.id = id);
        1
    })
}

/// Copies a session id context of up to 32 bytes: 1, or 0 and
/// `SSL_SESSION_ID_CONTEXT_TOO_LONG`. `SSL_SESSION_set1_id_context(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `sid_ctx` is readable for `sid_ctx_len`
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_id_context(
    s: *mut SSL_SESSION,
    sid_ctx: *const c_uchar,
    sid_ctx_len: c_uint,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (Some(s), Some(bytes)) = (unsafe { (session(s), ffi::bytes(sid_ctx, sid_ctx_len as usize)) }) else {
            return 0;
        };
        let Some(context) = IdContext::new(bytes) else {
            err::raise(reason::SSL_SESSION_ID_CONTEXT_TOO_LONG);
            return 0;
        };
        s.update(|fields| fields.id_context = context);
        1
    })
}

/// Copies a secret of up to 512 bytes: 1, or 0 when it is longer.
/// `SSL_SESSION_set1_master_key(3)`.
///
/// # Safety
/// `sess` is NULL or a live SSL_SESSION; `inp` is readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_master_key(
    sess: *mut SSL_SESSION,
    inp: *const c_uchar,
    len: size_t,
) -> c_int {
    guard(0, || {
        if len > Fields::MAX_SECRET {
            return 0;
        }
        // SAFETY: the caller's promise.
        let (Some(sess), Some(secret)) = (unsafe { (session(sess), ffi::bytes(inp, len)) }) else { return 0 };
        let secret = Secret::copy_of(secret);
        sess.update(|fields| fields.secret = secret);
        1
    })
}

/// Copies application data that will travel in the ticket; NULL or no bytes
/// remove it. Returns 1. `SSL_SESSION_set1_ticket_appdata(3)`.
///
/// # Safety
/// `ss` is NULL or a live SSL_SESSION; `data` is NULL or readable for `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set1_ticket_appdata(
    ss: *mut SSL_SESSION,
    data: *const c_void,
    len: size_t,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ss) = (unsafe { session(ss) }) else { return 0 };
        // SAFETY: the caller's promise.
        let appdata = unsafe { copied(data.cast(), len) };
        ss.update(|fields| fields.ticket_appdata = appdata);
        1
    })
}

/// Sets the session's cipher, unchecked; NULL for none. Returns 1.
/// `SSL_SESSION_set_cipher(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION; `cipher` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_cipher(s: *mut SSL_SESSION, cipher: *const SSL_CIPHER) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return 0 };
        // SAFETY: SSL_CIPHER pointers are ours and static.
        let code_point = unsafe { cipher.cast::<Cipher>().as_ref() }.map_or(0, |cipher| cipher.code_point);
        s.update(|fields| fields.cipher = code_point);
        1
    })
}

/// Keeps the application's pointer at `idx`: 1, or 0 on failure.
/// `SSL_SESSION_set_ex_data(3)`.
///
/// # Safety
/// `ss` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_ex_data(ss: *mut SSL_SESSION, idx: c_int, data: *mut c_void) -> c_int {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { session(ss) }.is_some_and(|ss| ss.ex_data.set(idx, data)).into())
}

/// Sets the protocol version, unchecked: 1. `SSL_SESSION_set_protocol_version(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_protocol_version(s: *mut SSL_SESSION, version: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { session(s) }) else { return 0 };
        s.update(|fields| fields.version = version);
        1
    })
}

/// Sets when the session was made and returns `t` (not 1, as the manual says);
/// 0 for NULL. A cache that holds the session keeps its order.
/// `SSL_SESSION_set_time(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_time(s: *mut SSL_SESSION, t: c_long) -> c_long {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { ffi::handle::borrow::<Session>(s) }) else { return 0 };
        s.set_time(t);
        t
    })
}

/// Sets for how many seconds the session may be resumed: 1; 0 for NULL or a
/// negative number. A cache that holds the session keeps its order.
/// `SSL_SESSION_set_timeout(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_set_timeout(s: *mut SSL_SESSION, t: c_long) -> c_long {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { ffi::handle::borrow::<Session>(s) } {
            Some(s) if t >= 0 => {
                s.set_timeout(t);
                1
            }
            _ => 0,
        }
    })
}

/// Adds a reference for the caller and returns 1; 0 for NULL.
/// `SSL_SESSION_up_ref(3)`.
///
/// # Safety
/// `ses` is NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_SESSION_up_ref(ses: *mut SSL_SESSION) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { Ref::<Session>::share_ptr(ses) } {
            Some(reference) => {
                let _ = reference.into_ptr();
                1
            }
            None => {
                err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
                0
            }
        }
    })
}

/// Decodes the session that the `length` bytes at `*pp` begin with, and moves `*pp`
/// past it. With `*a` a session, that one is filled and returned, its references
/// unchanged; otherwise a new one is made, with a reference for the caller, and
/// put into `*a` unless `a` is NULL. NULL on failure, with an error on the queue;
/// `*a` is then the same object, of which some fields may have changed. `i2d_SSL_SESSION(3)`.
///
/// # Safety
/// `a` is NULL, or `*a` is NULL or a live SSL_SESSION; `*pp` is readable for
/// `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn d2i_SSL_SESSION(
    a: *mut *mut SSL_SESSION,
    pp: *mut *const c_uchar,
    length: c_long,
) -> *mut SSL_SESSION {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(mut at) = (unsafe { der_input(pp) }) else { return std::ptr::null_mut() };
        // SAFETY: the caller's promise.
        let Some(encoding) = (unsafe { Decoded::read(&mut at, length) }) else { return std::ptr::null_mut() };
        // SAFETY: the caller's promise.
        let given = unsafe { a.as_ref() }.copied().unwrap_or(std::ptr::null_mut());
        // SAFETY: the caller's promise.
        let session = match unsafe { Ref::<Session>::share_ptr(given) } {
            Some(given) => given,
            None => match Session::new() {
                Some(new) => new,
                None => return std::ptr::null_mut(),
            },
        };
        if !session.fill(&encoding) {
            return std::ptr::null_mut();
        }
        let session = if given.is_null() { session.into_ptr() } else { given };
        // SAFETY: the caller's promise.
        unsafe {
            ffi::write(a, session);
            *pp = at;
        }
        session
    })
}

/// Encodes a session as DER and returns the length, 0 for NULL, for a session
/// without cipher and on failure. `*pp` gets the encoding: with `pp` NULL it is
/// only measured; with `*pp` NULL it is allocated, for the caller to free with
/// OPENSSL_free; otherwise it is written there and `*pp` moves past it.
/// `i2d_SSL_SESSION(3)`.
///
/// # Safety
/// `inp` is NULL or a live SSL_SESSION; `pp` is NULL or as said, with room.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn i2d_SSL_SESSION(inp: *const SSL_SESSION, pp: *mut *mut c_uchar) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(session) = (unsafe { ffi::handle::borrow::<Session>(inp) }) else { return 0 };
        let Some(encoding) = der::encode(session) else { return 0 };
        let Ok(len) = c_int::try_from(encoding.len()) else { return 0 };
        // SAFETY: the caller's promise.
        if unsafe { ffi::write_der(&encoding, pp) } { len } else { 0 }
    })
}
