//! Starting libcrypto.

use super::sys::OPENSSL_INIT_SETTINGS;

const ADD_ALL_CIPHERS: u64 = 0x4;
const ADD_ALL_DIGESTS: u64 = 0x8;
const LOAD_CONFIG: u64 = 0x40;
const NO_LOAD_CONFIG: u64 = 0x80;

unsafe extern "C" {
    fn OPENSSL_init_crypto(opts: u64, settings: *const OPENSSL_INIT_SETTINGS) -> libc::c_int;
}

/// Starts libcrypto as libssl does: all algorithms, and the configuration file
/// unless `options` (`OPENSSL_INIT_*`) forbids it.
///
/// # Safety
/// `settings` is NULL or a live `OPENSSL_INIT_SETTINGS`.
pub unsafe fn start(options: u64, settings: *const OPENSSL_INIT_SETTINGS) -> bool {
    let mut options = options | ADD_ALL_CIPHERS | ADD_ALL_DIGESTS;
    if options & NO_LOAD_CONFIG == 0 {
        options |= LOAD_CONFIG;
    }
    // SAFETY: the caller's promise.
    unsafe { OPENSSL_init_crypto(options, settings) != 0 }
}
