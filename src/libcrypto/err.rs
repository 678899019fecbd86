//! libcrypto's per-thread error queue, as libssl uses it.

use std::ffi::CString;
use std::panic::Location;

use libc::{c_char, c_int, c_ulong};

use super::sys;
use crate::sync::OnceLock;

/// The library number of libssl's errors.
pub const ERR_LIB_SSL: c_int = 20;
/// `ERR_LIB_EC`
pub const ERR_LIB_EC: c_int = 16;
/// `ERR_LIB_PROV`
pub const ERR_LIB_PROV: c_int = 57;
/// The library number of system errors.
pub const ERR_LIB_SYS: c_int = 2;

const ERR_RFLAG_FATAL: c_int = 1 << 18;
const ERR_RFLAG_COMMON: c_int = 2 << 18;
/// A NULL pointer where an object is needed.
pub const ERR_R_PASSED_NULL_PARAMETER: c_int = 258 | ERR_RFLAG_FATAL | ERR_RFLAG_COMMON;
/// Out of memory.
pub const ERR_R_MALLOC_FAILURE: c_int = 256 | ERR_RFLAG_FATAL | ERR_RFLAG_COMMON;
/// The function may not be called (now).
pub const ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED: c_int = 257 | ERR_RFLAG_FATAL | ERR_RFLAG_COMMON;
/// A bug in the library.
pub const ERR_R_INTERNAL_ERROR: c_int = 259 | ERR_RFLAG_FATAL | ERR_RFLAG_COMMON;
/// The feature is not built in.
pub const ERR_R_DISABLED: c_int = 260 | ERR_RFLAG_FATAL | ERR_RFLAG_COMMON;
/// An argument is out of range.
pub const ERR_R_PASSED_INVALID_ARGUMENT: c_int = 262 | ERR_RFLAG_COMMON;
/// The operation is not supported.
pub const ERR_R_UNSUPPORTED: c_int = 268 | ERR_RFLAG_COMMON;
/// Errors of other libcrypto libraries below ours.
pub const ERR_R_SYS_LIB: c_int = ERR_LIB_SYS | ERR_RFLAG_COMMON;
/// As above: BIO.
pub const ERR_R_BIO_LIB: c_int = 32 | ERR_RFLAG_COMMON;
/// As above: PEM.
pub const ERR_R_PEM_LIB: c_int = 9 | ERR_RFLAG_COMMON;
/// As above: ASN.1.
pub const ERR_R_ASN1_LIB: c_int = 13 | ERR_RFLAG_COMMON;
/// As above: X.509.
pub const ERR_R_X509_LIB: c_int = 11 | ERR_RFLAG_COMMON;
/// `ERR_R_DH_LIB`
pub const ERR_R_DH_LIB: c_int = 5 | ERR_RFLAG_COMMON;
/// `ERR_R_ENGINE_LIB`
pub const ERR_R_ENGINE_LIB: c_int = 38 | ERR_RFLAG_COMMON;
/// As above: EVP.
pub const ERR_R_EVP_LIB: c_int = 6 | ERR_RFLAG_COMMON;
/// As above: random numbers.
pub const ERR_R_RAND_LIB: c_int = 36 | ERR_RFLAG_COMMON;

/// Puts an `ERR_LIB_SSL` error with `reason` on the queue.
#[track_caller]
pub fn raise(reason: c_int) {
    put(ERR_LIB_SSL, reason, None);
}

/// As [`raise`], with a text that `ERR_print_errors` shows behind the reason.
#[track_caller]
pub fn raise_data(reason: c_int, data: &str) {
    put(ERR_LIB_SSL, reason, Some(data));
}

/// Puts an error of another library on the queue.
#[track_caller]
pub fn raise_lib(lib: c_int, reason: c_int) {
    put(lib, reason, None);
}

#[track_caller]
fn put(lib: c_int, reason: c_int, data: Option<&str>) {
    let location = Location::caller();
    let file = CString::new(location.file()).unwrap_or_default();
    let data = data.and_then(|text| CString::new(text).ok());
    // SAFETY: libcrypto copies the file name and the formatted data.
    unsafe {
        sys::ERR_new();
        sys::ERR_set_debug(file.as_ptr(), location.line() as c_int, std::ptr::null());
        match data {
            Some(text) => sys::ERR_set_error(lib, reason, c"%s".as_ptr(), text.as_ptr()),
            None => sys::ERR_set_error(lib, reason, std::ptr::null()),
        }
    }
}

/// Empties this thread's queue. Nearly always it is empty, which takes less time to find out.
pub fn clear() {
    if peek() != 0 {
        // SAFETY: no preconditions.
        unsafe { sys::ERR_clear_error() }
    }
}

/// The oldest error on the queue, or 0; it stays there.
pub fn peek() -> c_ulong {
    // SAFETY: no preconditions.
    unsafe { sys::ERR_peek_error() }
}

/// The newest error on the queue, or 0; it stays there.
pub fn peek_last() -> c_ulong {
    // SAFETY: no preconditions.
    unsafe { sys::ERR_peek_last_error() }
}

/// Remembers the end of the queue; [`pop_to_mark`] drops what comes after.
pub fn set_mark() {
    // SAFETY: no preconditions.
    unsafe { sys::ERR_set_mark() };
}

/// Drops the errors since the last [`set_mark`].
pub fn pop_to_mark() {
    // SAFETY: no preconditions.
    unsafe { sys::ERR_pop_to_mark() };
}

/// Keeps the errors since the last [`set_mark`] and forgets the mark.
pub fn clear_last_mark() {
    // SAFETY: no preconditions.
    unsafe { sys::ERR_clear_last_mark() };
}

/// The texts that libcrypto was given, in a place that outlives its own
/// clean-up at exit, so that leak checkers see them.
static STRINGS: OnceLock<Box<[StringData]>> = OnceLock::new();

#[repr(C)]
struct StringData {
    error: c_ulong,
    string: *const c_char,
}

// SAFETY: the strings are never changed or freed.
unsafe impl Send for StringData {}
// SAFETY: as above.
unsafe impl Sync for StringData {}

/// Registers the texts of libssl's reasons, for `ERR_error_string` and its like.
/// libcrypto keeps pointers to them, so they live as long as the process.
pub fn load_strings(reasons: Vec<(c_int, CString)>) {
    unsafe extern "C" {
        fn ERR_load_strings_const(table: *const StringData) -> c_int;
    }
    let mut table: Vec<StringData> = reasons
        .into_iter()
        .map(|(reason, text)| StringData {
            error: ((ERR_LIB_SSL as c_ulong) << 23) | reason as c_ulong,
            string: text.into_raw(),
        })
        .collect();
    table.push(StringData { error: 0, string: std::ptr::null() });
    let table = STRINGS.get_or_init(|| table.into_boxed_slice());
    // SAFETY: the table ends with a zero and is never freed.
    unsafe { ERR_load_strings_const(table.as_ptr()) };
}

/// The library part of an error code.
pub fn lib_of(code: c_ulong) -> c_int {
    if code & 0x8000_0000 != 0 { ERR_LIB_SYS } else { ((code >> 23) & 0xff) as c_int }
}

/// The reason part of an error code.
pub fn reason_of(code: c_ulong) -> c_int {
    if code & 0x8000_0000 != 0 { (code & 0x7fff_ffff) as c_int } else { (code & 0x7f_ffff) as c_int }
}
