//! Certificates and names as text.

use libc::{c_int, c_long, c_uchar, c_ulong};

use super::bio::Bio;
use super::sys::{BIO, X509, X509_NAME};
use crate::boundary::reentrant;

unsafe extern "C" {
    fn d2i_X509_NAME(name: *mut *mut X509_NAME, data: *mut *const c_uchar, len: c_long) -> *mut X509_NAME;
    fn X509_NAME_free(name: *mut X509_NAME);
}

reentrant! {
    fn d2i_X509(x: *mut *mut X509, data: *mut *const c_uchar, len: c_long) -> *mut X509;
    fn X509_free(x: *mut X509);
    fn X509_print_ex(bio: *mut BIO, x: *mut X509, names: c_ulong, omitted: c_ulong) -> c_int;
    fn PEM_write_bio_X509(bio: *mut BIO, x: *const X509) -> c_int;
    fn X509_NAME_print_ex(bio: *mut BIO, name: *const X509_NAME, indent: c_int, flags: c_ulong) -> c_int;
}

/// Names on one line (`XN_FLAG_ONELINE`).
const ONELINE: c_ulong = 0x82_031f;

/// Prints the certificate that `der` begins with, in words and in PEM, between
/// two lines: the length of its encoding, or `None` when there is none.
pub fn certificate(bio: &Bio, der: &[u8], before: &str, after: &str) -> Option<usize> {
    let len = c_long::try_from(der.len()).ok()?;
    let mut end = der.as_ptr();
    // SAFETY: `der` is readable for `len` bytes; the result is ours.
    let certificate = unsafe { d2i_X509(std::ptr::null_mut(), &mut end, len) };
    if certificate.is_null() {
        return None;
    }
    bio.write_all(before.as_bytes());
    // SAFETY: both objects are alive; freed once.
    unsafe {
        X509_print_ex(bio.as_ptr(), certificate, ONELINE, 0);
        PEM_write_bio_X509(bio.as_ptr(), certificate);
        X509_free(certificate);
    }
    bio.write_all(after.as_bytes());
    Some(end.addr() - der.as_ptr().addr())
}

/// Prints the name that `der` begins with; whether there was one.
pub fn name(bio: &Bio, der: &[u8]) -> bool {
    let Ok(len) = c_long::try_from(der.len()) else { return false };
    let mut end = der.as_ptr();
    // SAFETY: `der` is readable for `len` bytes; the result is ours.
    let name = unsafe { d2i_X509_NAME(std::ptr::null_mut(), &mut end, len) };
    if name.is_null() {
        return false;
    }
    // SAFETY: both objects are alive; freed once.
    unsafe {
        X509_NAME_print_ex(bio.as_ptr(), name, 0, ONELINE);
        X509_NAME_free(name);
    }
    true
}
