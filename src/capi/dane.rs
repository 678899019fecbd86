//! DANE: peers are verified by TLSA records. `SSL_CTX_dane_enable(3)`.

use std::sync::atomic::Ordering;

use libc::*;

use super::{connection, context, ctrl};
use crate::connection::Connection;
use crate::ffi::types::*;
use crate::ffi::{self, Ref, guard, refused};
use crate::libcrypto::dane::{self, BadRecord, Digests};
use crate::libcrypto::err;
use crate::reason;

/// Takes `flags` (`DANE_FLAG_*`) out of those that connections made from now on
/// start with; returns what was set before, 0 for NULL.
/// `SSL_CTX_dane_clear_flags(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_dane_clear_flags(ctx: *mut SSL_CTX, flags: c_ulong) -> c_ulong {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.map_or(0, |ctx| ctx.dane_flags.fetch_and(!flags, Ordering::Relaxed)))
}

/// Allows DANE on connections of `ctx`: 1. 0 with an error for NULL, and when
/// libcrypto is not one of OpenSSL 3.0. `SSL_CTX_dane_enable(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_dane_enable(ctx: *mut SSL_CTX) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        if !dane::is_supported() {
            return refused("SSL_CTX_dane_enable", 0);
        }
        ctx.dane.get_or_init(Digests::usual);
        1
    })
}

/// Sets the digest of a matching type, whose records count the more the higher
/// `ord` is; NULL takes it away. 1, or 0 with an error for NULL and for a digest
/// of type 0. `ctx` keeps the pointer. `SSL_CTX_dane_mtype_set(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `md` is NULL or a digest that outlives it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_dane_mtype_set(ctx: *mut SSL_CTX, md: *const EVP_MD, mtype: u8, ord: u8) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        if !dane::is_supported() {
            return refused("SSL_CTX_dane_mtype_set", 0);
        }
        if !ctx.dane.get_or_init(Digests::none).set(mtype, md, ord) {
            err::raise(reason::DANE_CANNOT_OVERRIDE_MTYPE_FULL);
            return 0;
        }
        1
    })
}

/// Adds `flags` (`DANE_FLAG_*`) to those that connections made from now on start
/// with; returns what was set before, 0 for NULL. `SSL_CTX_dane_set_flags(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_dane_set_flags(ctx: *mut SSL_CTX, flags: c_ulong) -> c_ulong {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { context(ctx) }.map_or(0, |ctx| ctx.dane_flags.fetch_or(flags, Ordering::Relaxed)))
}

/// As `SSL_CTX_dane_clear_flags`, for one connection. `SSL_dane_clear_flags(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dane_clear_flags(ssl: *mut SSL, flags: c_ulong) -> c_ulong {
    // SAFETY: the caller's promise.
    unsafe { change_flags(ssl, |before| before & !flags) }
}

/// # Safety
/// `ssl` is NULL or a live SSL.
unsafe fn change_flags(ssl: *mut SSL, change: impl FnOnce(c_ulong) -> c_ulong) -> c_ulong {
    guard(0, || {
        // SAFETY: the caller's promise.
        unsafe { connection(ssl) }.map_or(0, |ssl| {
            let before = ssl.dane.flags();
            ssl.dane.set_flags(change(before));
            before
        })
    })
}

/// Prepares to verify the server by TLSA records of `basedomain`, which becomes
/// its name too: the SNI, unless that is set, and what its certificate must be
/// for. 1; 0 with an error when `SSL_CTX_dane_enable` was not called or this was;
/// -1 with an error for a name that cannot be. `SSL_dane_enable(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `basedomain` is NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dane_enable(s: *mut SSL, basedomain: *const c_char) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else { return 0 };
        let digests = ssl.context.borrow().dane.get().cloned().filter(|digests| digests.has_any());
        let Some(digests) = digests else {
            err::raise(reason::CONTEXT_NOT_DANE_ENABLED);
            return 0;
        };
        if ssl.dane.is_enabled() {
            err::raise(reason::DANE_ALREADY_ENABLED);
            return 0;
        }
        let unnamed = ssl.hostname.borrow().is_none();
        // SAFETY: the caller's promise.
        let named = unsafe {
            (!unnamed || ctrl::set_hostname(&ssl, 0, basedomain) != 0) && ssl.verify_param.set1_host(basedomain)
        };
        if !named {
            err::raise(reason::ERROR_SETTING_TLSA_BASE_DOMAIN);
            return -1;
        }
        if !ssl.dane.enable(digests) {
            err::raise(err::ERR_R_MALLOC_FAILURE);
            return -1;
        }
        1
    })
}

/// As `SSL_CTX_dane_set_flags`, for one connection. `SSL_dane_set_flags(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dane_set_flags(ssl: *mut SSL, flags: c_ulong) -> c_ulong {
    // SAFETY: the caller's promise.
    unsafe { change_flags(ssl, |before| before | flags) }
}

/// Adds a TLSA record, whose `dlen` bytes of data are copied: 1. 0 with an error
/// for one that is malformed or of an unknown kind, which a program leaves out;
/// -1 with an error for a connection without DANE. `SSL_dane_tlsa_add(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `data` is NULL or readable for `dlen` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_dane_tlsa_add(
    s: *mut SSL,
    usage: u8,
    selector: u8,
    mtype: u8,
    data: *const c_uchar,
    dlen: size_t,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { connection(s) }) else { return -1 };
        let readable = !data.is_null() && c_int::try_from(dlen).is_ok();
        // SAFETY: as above.
        let bytes = readable.then(|| unsafe { std::slice::from_raw_parts(data, dlen) });
        match ssl.dane.add(usage, selector, mtype, bytes, dlen) {
            Ok(()) => 1,
            Err(error) => {
                err::raise(reason_of(error));
                if matches!(error, BadRecord::NotEnabled | BadRecord::Memory) { -1 } else { 0 }
            }
        }
    })
}

fn reason_of(error: BadRecord) -> c_int {
    match error {
        BadRecord::NotEnabled => reason::DANE_NOT_ENABLED,
        BadRecord::Length => reason::DANE_TLSA_BAD_DATA_LENGTH,
        BadRecord::Usage => reason::DANE_TLSA_BAD_CERTIFICATE_USAGE,
        BadRecord::Selector => reason::DANE_TLSA_BAD_SELECTOR,
        BadRecord::MatchingType => reason::DANE_TLSA_BAD_MATCHING_TYPE,
        BadRecord::DigestLength => reason::DANE_TLSA_BAD_DIGEST_LENGTH,
        BadRecord::NoData => reason::DANE_TLSA_NULL_DATA,
        BadRecord::Certificate => reason::DANE_TLSA_BAD_CERTIFICATE,
        BadRecord::PublicKey => reason::DANE_TLSA_BAD_PUBLIC_KEY,
        BadRecord::Memory => err::ERR_R_MALLOC_FAILURE,
    }
}

/// The connection's records in libcrypto's form, for `X509_STORE_CTX_set0_dane`;
/// the connection keeps them. NULL for NULL. `SSL_get0_dane(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_dane(ssl: *mut SSL) -> *mut SSL_DANE {
    // SAFETY: the caller's promise.
    guard(std::ptr::null_mut(), || unsafe { connection(ssl) }.map_or(std::ptr::null_mut(), |ssl| ssl.dane.as_ptr()))
}

/// The connection, if it was verified by its TLSA records.
///
/// # Safety
/// `s` is NULL or a live SSL.
unsafe fn verified(s: *mut SSL) -> Option<Ref<Connection>> {
    const X509_V_OK: c_long = 0;
    // SAFETY: the caller's promise.
    let ssl = unsafe { connection(s) }?;
    (ssl.dane.has_records() && ssl.verify_result.get() == X509_V_OK).then_some(ssl)
}

/// What matched a TLSA record: its depth in the chain, the peer's own
/// certificate being 0, and in `*mcert` the certificate, or in `*mspki` the
/// record's bare key, each of which the connection keeps. -1 when the peer was
/// not verified by such a record. Either pointer may be NULL.
/// `SSL_get0_dane_authority(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `mcert` and `mspki` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_dane_authority(
    s: *mut SSL,
    mcert: *mut *mut X509,
    mspki: *mut *mut EVP_PKEY,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { verified(s) }) else { return -1 };
        let matched = ssl.dane.matched();
        if matched.found {
            // SAFETY: as above.
            unsafe {
                ffi::write(mcert, matched.certificate);
                ffi::write(mspki, matched.key);
            }
        }
        matched.depth
    })
}

/// The TLSA record that matched: the depth as `SSL_get0_dane_authority` gives
/// it, and what the record consists of; the connection keeps the data. -1 when
/// none matched. Any pointer may be NULL. `SSL_get0_dane_tlsa(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; the others are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_dane_tlsa(
    s: *mut SSL,
    usage: *mut u8,
    selector: *mut u8,
    mtype: *mut u8,
    data: *mut *const c_uchar,
    dlen: *mut size_t,
) -> c_int {
    guard(-1, || {
        // SAFETY: the caller's promise.
        let Some(ssl) = (unsafe { verified(s) }) else { return -1 };
        let matched = ssl.dane.matched();
        if matched.found {
            // SAFETY: as above.
            unsafe {
                ffi::write(usage, matched.parameters.0);
                ffi::write(selector, matched.parameters.1);
                ffi::write(mtype, matched.parameters.2);
                ffi::write(data, matched.data.0);
                ffi::write(dlen, matched.data.1);
            }
        }
        matched.depth
    })
}
