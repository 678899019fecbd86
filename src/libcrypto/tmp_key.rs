//! The parameters of ephemeral keys that programs hand over in old structures.

use libc::{c_int, c_void};

use super::sys::DH;

unsafe extern "C" {
    fn DH_security_bits(dh: *const DH) -> c_int;
    fn EC_KEY_get0_group(key: *const c_void) -> *const c_void;
    fn EC_GROUP_get_curve_name(group: *const c_void) -> c_int;
}

/// The strength of DH parameters in bits.
///
/// # Safety
/// `dh` is a live DH.
pub unsafe fn dh_security_bits(dh: *const DH) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { DH_security_bits(dh) }
}

/// The NID of an EC_KEY's named curve; `None` when it has no group.
///
/// # Safety
/// `key` is a live EC_KEY.
pub unsafe fn curve_nid(key: *const c_void) -> Option<c_int> {
    // SAFETY: the caller's promise; the group lives in the key.
    unsafe {
        let group = EC_KEY_get0_group(key);
        (!group.is_null()).then(|| EC_GROUP_get_curve_name(group))
    }
}
