//! The parameters of ephemeral keys that programs hand over in old structures.

use libc::{c_int, c_void};

use super::evp::EvpPkey;
use super::sys::{DH, EVP_PKEY};
use crate::boundary::reentrant;

unsafe extern "C" {
    fn EC_KEY_get0_group(key: *const c_void) -> *const c_void;
    fn EC_GROUP_get_curve_name(group: *const c_void) -> c_int;
}

reentrant! {
    fn EVP_PKEY_new() -> *mut EVP_PKEY;
    fn EVP_PKEY_set1_DH(key: *mut EVP_PKEY, dh: *mut DH) -> c_int;
}

/// DH parameters as a key.
///
/// # Safety
/// `dh` is a live DH.
pub unsafe fn dh_key(dh: *mut DH) -> Option<EvpPkey> {
    // SAFETY: a new key, which adds a reference to `dh`.
    unsafe {
        let key = EvpPkey::from_ptr(EVP_PKEY_new())?;
        (EVP_PKEY_set1_DH(key.as_ptr(), dh) > 0).then_some(key)
    }
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
