//! Cipher suites: `SSL_CIPHER_get_name(3)`, `SSL_CTX_set_cipher_list(3)`.
//!
//! An `SSL_CIPHER` is static. NULL where OpenSSL would crash gives the
//! function's failure value and `ERR_R_PASSED_NULL_PARAMETER`.

use std::ffi::CStr;

use libc::*;

use crate::connection::Connection;
use crate::context::cipher::{self, Cipher};
use crate::context::{Context, cipher_list, groups};
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::err;
use crate::reason;

unsafe extern "C" {
    fn EVP_get_digestbyname(name: *const c_char) -> *const EVP_MD;
    fn OBJ_nid2sn(nid: c_int) -> *const c_char;
}

/// OpenSSL puts the protocol's number before the two bytes on the wire.
const ID_PREFIX: u32 = 0x0300_0000;
/// What names read as when there is no cipher.
const NONE: &CStr = c"(NONE)";

fn null_error<T>(value: Option<T>) -> Option<T> {
    if value.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    value
}

/// # Safety
/// `c` is NULL or an SSL_CIPHER of ours.
unsafe fn cipher_of(c: *const SSL_CIPHER) -> Option<&'static Cipher> {
    // SAFETY: every SSL_CIPHER that C can have is one of our statics.
    unsafe { c.cast::<Cipher>().as_ref() }
}

/// What `get` says about a cipher; `failure` for NULL, an error on the queue.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER of ours.
unsafe fn of_cipher<R: Copy>(c: *const SSL_CIPHER, failure: R, get: impl FnOnce(&'static Cipher) -> R) -> R {
    guard(failure, || {
        // SAFETY: the caller's promise.
        null_error(unsafe { cipher_of(c) }).map_or(failure, get)
    })
}

/// # Safety
/// `ctx` is NULL or a live SSL_CTX that the caller keeps alive for `'a`.
unsafe fn context<'a>(ctx: *const SSL_CTX) -> Option<&'a Context> {
    // SAFETY: the caller's promise.
    null_error(unsafe { ffi::handle::borrow(ctx) })
}

/// # Safety
/// `ssl` is NULL or a live SSL that the caller keeps alive for `'a`.
unsafe fn connection<'a>(ssl: *const SSL) -> Option<&'a Connection> {
    // SAFETY: the caller's promise.
    null_error(unsafe { ffi::handle::borrow(ssl) })
}

fn pointer(cipher: Option<&'static Cipher>) -> *const SSL_CIPHER {
    cipher.map_or(std::ptr::null(), Cipher::as_ptr)
}

/// OpenSSL's name for the cipher with this name in the RFC, "(NONE)" if there
/// is none or for NULL; static. `OPENSSL_cipher_name(3)`.
///
/// # Safety
/// `rfc_name` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OPENSSL_cipher_name(rfc_name: *const c_char) -> *const c_char {
    guard(NONE.as_ptr(), || {
        if rfc_name.is_null() {
            return NONE.as_ptr();
        }
        // SAFETY: a string.
        let name = unsafe { CStr::from_ptr(rfc_name) };
        cipher::by_standard_name(name.to_bytes()).map_or(NONE, |cipher| cipher.name).as_ptr()
    })
}

/// The default rules of `SSL_CTX_set_cipher_list`; static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OSSL_default_cipher_list() -> *const c_char {
    cipher_list::DEFAULT_LIST.as_ptr()
}

/// The default list of `SSL_CTX_set_ciphersuites`; static.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn OSSL_default_ciphersuites() -> *const c_char {
    cipher_list::DEFAULT_SUITES.as_ptr()
}

/// Writes a line about the cipher to `buf`, which must have 128 bytes, and
/// returns `buf`. With NULL as `buf` the line is allocated; the caller frees it
/// with `OPENSSL_free`. NULL on failure. `SSL_CIPHER_description(3)`.
///
/// # Safety
/// `a` is NULL or an SSL_CIPHER; `buf` is NULL or writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_description(a: *const SSL_CIPHER, buf: *mut c_char, size: c_int) -> *mut c_char {
    const SIZE: usize = 128;
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(cipher) = null_error(unsafe { cipher_of(a) }) else { return std::ptr::null_mut() };
        let to = match buf.is_null() {
            // SAFETY: an allocation of libcrypto's, for OPENSSL_free.
            true => unsafe { CRYPTO_malloc(SIZE, c"cipher".as_ptr(), 0) }.cast::<c_char>(),
            false if usize::try_from(size).unwrap_or(0) < SIZE => return std::ptr::null_mut(),
            false => buf,
        };
        if to.is_null() {
            err::raise(err::ERR_R_MALLOC_FAILURE);
            return to;
        }
        let mut line = cipher.description().into_bytes();
        line.truncate(SIZE - 1);
        line.push(0);
        // SAFETY: at least 128 bytes, checked above or allocated.
        unsafe { std::ptr::copy_nonoverlapping(line.as_ptr(), to.cast::<u8>(), line.len()) };
        to
    })
}

/// The cipher with these two bytes on the wire, negotiable or not; NULL if it
/// is unknown. `SSL_CIPHER_find(3)`.
///
/// # Safety
/// `ptr` is NULL or readable for 2 bytes. `ssl` is not looked at.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_find(_ssl: *mut SSL, ptr: *const c_uchar) -> *const SSL_CIPHER {
    guard(std::ptr::null(), || {
        // SAFETY: NULL or readable.
        let Some(bytes) = null_error(unsafe { ptr.cast::<[u8; 2]>().as_ref() }) else { return std::ptr::null() };
        pointer(cipher::by_code_point(u16::from_be_bytes(*bytes)))
    })
}

/// The NID of the authentication. `SSL_CIPHER_get_auth_nid(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_auth_nid(c: *const SSL_CIPHER) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { of_cipher(c, 0, Cipher::auth_nid) }
}

/// The bits of the key, also to `*alg_bits` unless that is NULL; 0 for NULL.
/// `SSL_CIPHER_get_bits(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER; `alg_bits` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_bits(c: *const SSL_CIPHER, alg_bits: *mut c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(cipher) = (unsafe { cipher_of(c) }) else { return 0 };
        // SAFETY: NULL or writable.
        unsafe { ffi::write(alg_bits, cipher.bits()) };
        cipher.bits()
    })
}

/// The NID of the encryption, 0 (undefined) for NULL. `SSL_CIPHER_get_cipher_nid(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_cipher_nid(c: *const SSL_CIPHER) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { cipher_of(c) }.map_or(0, Cipher::enc_nid)
    })
}

/// The NID of the MAC, 0 (undefined) for AEAD ciphers. `SSL_CIPHER_get_digest_nid(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_digest_nid(c: *const SSL_CIPHER) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { of_cipher(c, 0, Cipher::mac_nid) }
}

/// The digest of the handshake hash, libcrypto's static; NULL if it has none.
/// `SSL_CIPHER_get_handshake_digest(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_handshake_digest(c: *const SSL_CIPHER) -> *const EVP_MD {
    // SAFETY: the caller's promise.
    let digest = unsafe { of_cipher(c, 0, |cipher| cipher.digest) };
    match digest {
        0 => std::ptr::null(),
        // SAFETY: names and digests are libcrypto's statics.
        nid => unsafe { EVP_get_digestbyname(OBJ_nid2sn(nid)) },
    }
}

/// OpenSSL's number of the cipher. `SSL_CIPHER_get_id(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_id(c: *const SSL_CIPHER) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { of_cipher(c, 0, |cipher| ID_PREFIX | u32::from(cipher.code_point)) }
}

/// The NID of the key exchange. `SSL_CIPHER_get_kx_nid(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_kx_nid(c: *const SSL_CIPHER) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { of_cipher(c, 0, Cipher::kx_nid) }
}

/// OpenSSL's name of the cipher, "(NONE)" for NULL; static. `SSL_CIPHER_get_name(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_name(c: *const SSL_CIPHER) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { cipher_of(c) }.map_or(NONE, |cipher| cipher.name).as_ptr()
}

/// The two bytes on the wire. `SSL_CIPHER_get_protocol_id(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_protocol_id(c: *const SSL_CIPHER) -> u16 {
    // SAFETY: the caller's promise.
    unsafe { of_cipher(c, 0, |cipher| cipher.code_point) }
}

/// The first protocol version with the cipher, "(NONE)" for NULL; static.
/// `SSL_CIPHER_get_version(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_get_version(c: *const SSL_CIPHER) -> *const c_char {
    // SAFETY: the caller's promise.
    unsafe { cipher_of(c) }.map_or(NONE, Cipher::version).as_ptr()
}

/// 1 for an AEAD cipher, otherwise 0. `SSL_CIPHER_is_aead(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_is_aead(c: *const SSL_CIPHER) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { of_cipher(c, 0, |cipher| c_int::from(cipher.mac == cipher::mac::AEAD)) }
}

/// The cipher's name in the RFC, NULL if there is none, "(NONE)" for NULL;
/// static. `SSL_CIPHER_standard_name(3)`.
///
/// # Safety
/// `c` is NULL or an SSL_CIPHER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CIPHER_standard_name(c: *const SSL_CIPHER) -> *const c_char {
    // SAFETY: the caller's promise.
    let name = unsafe { cipher_of(c) }.map_or(Some(NONE), |cipher| cipher.standard_name);
    name.map_or(std::ptr::null(), CStr::as_ptr)
}

/// The configured ciphers in order of preference: owned by `ctx`, valid until
/// the list changes. NULL for NULL. `SSL_CTX_get_ciphers(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_ciphers(ctx: *const SSL_CTX) -> *mut stack_st_SSL_CIPHER {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { ffi::handle::borrow::<Context>(ctx) }) else { return std::ptr::null_mut() };
        ctx.cipher_stack.get(&ctx.settings(|settings| settings.ciphers.clone()))
    })
}

/// Sets a list of ciphers: 1, or 0 with the reason on the queue.
///
/// # Safety
/// `text` is NULL or a string.
unsafe fn set_list(text: *const c_char, set: impl FnOnce(&[u8]) -> Result<(), c_int>) -> c_int {
    if text.is_null() {
        return 0;
    }
    // SAFETY: a string.
    match set(unsafe { CStr::from_ptr(text) }.to_bytes()) {
        Ok(()) => 1,
        Err(reason) => {
            err::raise(reason);
            0
        }
    }
}

/// Sets the ciphers below TLS 1.3 by rules: 1, or 0 with a reason on the queue.
/// Rules that leave nothing are an error, and leave nothing.
/// `SSL_CTX_set_cipher_list(3)`.
///
/// # Safety
/// `a` is NULL or a live SSL_CTX; `str_` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_cipher_list(a: *mut SSL_CTX, str_: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(a) }) else { return 0 };
        // SAFETY: the caller's promise.
        unsafe { set_list(str_, |rules| ctx.update(|settings| settings.set_cipher_list(rules))) }
    })
}

/// Sets the suites of TLS 1.3 by their names: 1, or 0 with a reason on the
/// queue. Unknown names are passed over; the empty list is allowed.
/// `SSL_CTX_set_ciphersuites(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `str_` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_ciphersuites(ctx: *mut SSL_CTX, str_: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        if null_error((!str_.is_null()).then_some(())).is_none() {
            return 0;
        }
        // SAFETY: the caller's promise.
        unsafe { set_list(str_, |names| ctx.update(|settings| settings.set_ciphersuites(names))) }
    })
}

/// Reads ciphers as a ClientHello has them, of 3 bytes each in the form of
/// SSL 2. Stacks of the known ciphers and of the signalling values go to `*sk`
/// and `*scsvs` unless those are NULL; the caller frees them. 1, or 0 with a
/// reason on the queue. `SSL_bytes_to_cipher_list(3)`.
///
/// # Safety
/// `bytes` is NULL or readable for `len` bytes; `sk` and `scsvs` are NULL or
/// writable. `s` is not looked at.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_bytes_to_cipher_list(
    _s: *mut SSL,
    bytes: *const c_uchar,
    len: size_t,
    isv2format: c_int,
    sk: *mut *mut stack_st_SSL_CIPHER,
    scsvs: *mut *mut stack_st_SSL_CIPHER,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(bytes) = (unsafe { ffi::bytes(bytes, len) }) else { return 0 };
        let size = if isv2format != 0 { 3 } else { 2 };
        if bytes.is_empty() {
            err::raise(reason::NO_CIPHERS_SPECIFIED);
            return 0;
        }
        if bytes.len() % size != 0 {
            err::raise(reason::ERROR_IN_RECEIVED_CIPHER_LIST);
            return 0;
        }
        // Three bytes that do not begin with 0 are a cipher of SSL 2.
        let code_points = bytes.chunks_exact(size).filter_map(|cipher| match *cipher {
            [a, b] | [0, a, b] => Some(u16::from_be_bytes([a, b])),
            _ => None,
        });
        let known: Vec<&Cipher> = code_points.filter_map(cipher::by_code_point).collect();
        for (to, signalling) in [(sk, false), (scsvs, true)] {
            let wanted = known.iter().filter(|cipher| cipher.is_signalling() == signalling);
            let list: Vec<u16> = wanted.map(|cipher| cipher.code_point).collect();
            if to.is_null() {
                continue;
            }
            let Some(stack) = cipher::new_stack(&list) else {
                err::raise(err::ERR_R_MALLOC_FAILURE);
                return 0;
            };
            // SAFETY: writable.
            unsafe { to.write(stack.into_ptr().cast()) };
        }
        1
    })
}

/// Points `*out` (unless that is NULL) at the ciphers of the ClientHello as
/// received, and returns their length in bytes. Only during a client-hello
/// callback, 0 otherwise. `SSL_client_hello_get0_ciphers(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_client_hello_get0_ciphers(s: *mut SSL, out: *mut *const c_uchar) -> size_t {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else { return 0 };
        let hello = ssl.client_hello.borrow();
        let Some(hello) = hello.as_ref() else { return 0 };
        // SAFETY: NULL or writable; the connection keeps the bytes.
        unsafe { ffi::write(out, hello.ciphers_raw.as_ptr()) };
        hello.ciphers_raw.len()
    })
}

/// The ciphers that versions and security level leave for a handshake: a new
/// stack that the caller frees, NULL if there is none.
/// `SSL_get1_supported_ciphers(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get1_supported_ciphers(s: *mut SSL) -> *mut stack_st_SSL_CIPHER {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { ffi::Ref::<Connection>::share_ptr(s) }) else { return std::ptr::null_mut() };
        let (tls12, tls13) = ssl.enabled_versions();
        let enabled =
            |&id: &u16| cipher::by_code_point(id).is_some_and(|cipher| if cipher.is_tls13() { tls13 } else { tls12 });
        let list: Vec<u16> = ssl.supported_ciphers().iter().copied().filter(enabled).collect();
        if list.is_empty() {
            return std::ptr::null_mut();
        }
        cipher::new_stack(&list).map_or(std::ptr::null_mut(), |stack| stack.into_ptr().cast())
    })
}

/// The name of the `n`th configured cipher, NULL behind the last; static.
/// `SSL_get_cipher_list(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_cipher_list(s: *const SSL, n: c_int) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { ffi::handle::borrow::<Connection>(s) }) else { return std::ptr::null() };
        let list = ssl.ciphers();
        let id = usize::try_from(n).ok().and_then(|n| list.get(n));
        id.and_then(|&id| cipher::by_code_point(id)).map_or(std::ptr::null(), |cipher| cipher.name.as_ptr())
    })
}

/// The configured ciphers in order of preference: owned by `s` or its SSL_CTX,
/// valid until the list changes. NULL for NULL. `SSL_get_ciphers(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_ciphers(s: *const SSL) -> *mut stack_st_SSL_CIPHER {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { ffi::handle::borrow::<Connection>(s) }) else { return std::ptr::null_mut() };
        let own = ssl.settings.borrow().own_ciphers;
        if own { ssl.cipher_stack.get(&ssl.ciphers()) } else { ssl.context.borrow().cipher_stack.get(&ssl.ciphers()) }
    })
}

/// The client's ciphers, on a server that has a ClientHello, otherwise NULL;
/// owned by `s`. `SSL_get_client_ciphers(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_client_ciphers(s: *const SSL) -> *mut stack_st_SSL_CIPHER {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { ffi::handle::borrow::<Connection>(s) }) else { return std::ptr::null_mut() };
        ssl.client_ciphers().map_or(std::ptr::null_mut(), |list| ssl.client_cipher_stack.get(&list))
    })
}

/// The cipher in use, NULL before there is one. `SSL_get_current_cipher(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_current_cipher(s: *const SSL) -> *const SSL_CIPHER {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        pointer(unsafe { connection(s) }.and_then(Connection::current_cipher))
    })
}

/// The cipher that the handshake agreed upon, NULL before it has.
/// `SSL_get_pending_cipher(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_pending_cipher(s: *const SSL) -> *const SSL_CIPHER {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        pointer(unsafe { connection(s) }.and_then(Connection::negotiated_cipher))
    })
}

/// Writes the names of the client's ciphers that the server has too to `buf`,
/// between colons and as many as fit, and returns `buf`; NULL if there is none,
/// or on a client. `SSL_get_shared_ciphers(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `buf` is NULL or writable for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_shared_ciphers(s: *const SSL, buf: *mut c_char, size: c_int) -> *mut c_char {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else { return std::ptr::null_mut() };
        let size = usize::try_from(size).unwrap_or(0);
        let Some(theirs) = ssl.client_ciphers().filter(|_| size >= 2 && !buf.is_null()) else {
            return std::ptr::null_mut();
        };
        let ours = ssl.ciphers();
        let mut names: Vec<u8> = Vec::new();
        for cipher in theirs.iter().filter(|id| ours.contains(id)).filter_map(|&id| cipher::by_code_point(id)) {
            let name = cipher.name.to_bytes();
            if names.len() + name.len() >= size {
                break;
            }
            names.extend_from_slice(name);
            names.push(b':');
        }
        // The last colon makes room for the end of the string.
        let Some(end) = names.last_mut() else { return std::ptr::null_mut() };
        *end = 0;
        // SAFETY: writable, and the names with their end fit.
        unsafe { std::ptr::copy_nonoverlapping(names.as_ptr(), buf.cast::<u8>(), names.len()) };
        buf
    })
}

/// The name of a group, given as NID or as number with `TLSEXT_nid_unknown`;
/// NULL if it is unknown; static. `SSL_group_to_name(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_group_to_name(s: *mut SSL, id: c_int) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        if unsafe { connection(s) }.is_none() {
            return std::ptr::null();
        }
        groups::by_nid(id).map_or(std::ptr::null(), |group| group.name.as_ptr())
    })
}

/// As `SSL_CTX_set_cipher_list`, for one connection. `SSL_set_cipher_list(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `str_` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_cipher_list(s: *mut SSL, str_: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else { return 0 };
        // SAFETY: the caller's promise.
        unsafe { set_list(str_, |rules| ssl.update_ciphers(|settings| settings.set_cipher_list(rules))) }
    })
}

/// As `SSL_CTX_set_ciphersuites`, for one connection. `SSL_set_ciphersuites(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `str_` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_ciphersuites(s: *mut SSL, str_: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else { return 0 };
        if null_error((!str_.is_null()).then_some(())).is_none() {
            return 0;
        }
        // SAFETY: the caller's promise.
        unsafe { set_list(str_, |names| ssl.update_ciphers(|settings| settings.set_ciphersuites(names))) }
    })
}
