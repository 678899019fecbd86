//! SRTP profiles (RFC 5764). Only DTLS offers them, so a connection here keeps a
//! list and never selects from it.

use std::ffi::CStr;
use std::sync::PoisonError;

use super::identity::Reason;
use crate::ffi::types::{SrtpProfile, stack_st_SRTP_PROTECTION_PROFILE};
use crate::libcrypto::static_stack::StaticStack;
use crate::reason;
use crate::sync::Mutex;

static KNOWN: [SrtpProfile; 4] = [
    SrtpProfile::new(c"SRTP_AES128_CM_SHA1_80", 1),
    SrtpProfile::new(c"SRTP_AES128_CM_SHA1_32", 2),
    SrtpProfile::new(c"SRTP_AEAD_AES_128_GCM", 7),
    SrtpProfile::new(c"SRTP_AEAD_AES_256_GCM", 8),
];

/// A list of profiles that C may borrow.
#[derive(Default)]
pub struct Profiles(Mutex<Option<StaticStack>>);

impl Profiles {
    /// Sets the list from its names, joined by colons. What is wrong with it
    /// leaves the list as it was.
    pub fn set(&self, names: &CStr) -> Result<(), Reason> {
        let mut profiles: Vec<&'static SrtpProfile> = Vec::new();
        for name in names.to_bytes().split(|&byte| byte == b':') {
            let known = KNOWN.iter().find(|profile| profile.name().to_bytes() == name);
            let profile = known.ok_or(reason::SRTP_UNKNOWN_PROTECTION_PROFILE)?;
            if profiles.iter().any(|&other| std::ptr::eq(other, profile)) {
                return Err(reason::BAD_SRTP_PROTECTION_PROFILE_LIST);
            }
            profiles.push(profile);
        }
        let stack = StaticStack::new(profiles).ok_or(reason::SRTP_COULD_NOT_ALLOCATE_PROFILES)?;
        let old = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(stack);
        drop(old);
        Ok(())
    }

    /// The list, NULL when none was set.
    pub fn as_ptr(&self) -> *mut stack_st_SRTP_PROTECTION_PROFILE {
        let stack = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stack.as_ref().map_or(std::ptr::null_mut(), |stack| stack.as_ptr().cast())
    }
}
