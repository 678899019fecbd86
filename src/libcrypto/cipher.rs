//! Ciphers, message authentication and random bytes, as session tickets need
//! them.

use std::ptr::NonNull;

use crate::secret::Secret;
use libc::{c_char, c_int, c_uchar, c_uint, c_void};
use once_cell::sync::Lazy;

use super::sys::{EVP_CIPHER_CTX, EVP_MAC_CTX, OSSL_LIB_CTX};

#[repr(C)]
struct EVP_MAC {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn CRYPTO_memcmp(a: *const c_void, b: *const c_void, len: usize) -> c_int;
    fn RAND_bytes(buf: *mut c_uchar, num: c_int) -> c_int;
    fn EVP_CIPHER_CTX_new() -> *mut EVP_CIPHER_CTX;
    fn EVP_CIPHER_CTX_free(ctx: *mut EVP_CIPHER_CTX);
    fn EVP_CIPHER_CTX_get_iv_length(ctx: *const EVP_CIPHER_CTX) -> c_int;
    fn EVP_EncryptUpdate(
        ctx: *mut EVP_CIPHER_CTX,
        out: *mut c_uchar,
        out_len: *mut c_int,
        data: *const c_uchar,
        len: c_int,
    ) -> c_int;
    fn EVP_EncryptFinal_ex(ctx: *mut EVP_CIPHER_CTX, out: *mut c_uchar, out_len: *mut c_int) -> c_int;
    fn EVP_DecryptUpdate(
        ctx: *mut EVP_CIPHER_CTX,
        out: *mut c_uchar,
        out_len: *mut c_int,
        data: *const c_uchar,
        len: c_int,
    ) -> c_int;
    fn EVP_DecryptFinal_ex(ctx: *mut EVP_CIPHER_CTX, out: *mut c_uchar, out_len: *mut c_int) -> c_int;
    fn HMAC_CTX_new() -> *mut c_void;
    fn HMAC_CTX_free(ctx: *mut c_void);
    fn HMAC_size(ctx: *const c_void) -> usize;
    fn HMAC_Update(ctx: *mut c_void, data: *const c_uchar, len: usize) -> c_int;
    fn HMAC_Final(ctx: *mut c_void, out: *mut c_uchar, len: *mut c_uint) -> c_int;
    fn EVP_MAC_fetch(ctx: *mut OSSL_LIB_CTX, name: *const c_char, props: *const c_char) -> *mut EVP_MAC;
    fn EVP_MAC_CTX_new(mac: *mut EVP_MAC) -> *mut EVP_MAC_CTX;
    fn EVP_MAC_CTX_free(ctx: *mut EVP_MAC_CTX);
    fn EVP_MAC_CTX_get_mac_size(ctx: *mut EVP_MAC_CTX) -> usize;
    fn EVP_MAC_update(ctx: *mut EVP_MAC_CTX, data: *const c_uchar, len: usize) -> c_int;
    fn EVP_MAC_final(ctx: *mut EVP_MAC_CTX, out: *mut c_uchar, out_len: *mut usize, out_size: usize) -> c_int;
}

/// The longest result of a message authentication code (`EVP_MAX_MD_SIZE`).
const MAX_MAC: usize = 64;
/// The longest block of a cipher (`EVP_MAX_BLOCK_LENGTH`).
const MAX_BLOCK: usize = 32;

/// Fills `buf` with random bytes; false when there are none.
pub fn random(buf: &mut [u8]) -> bool {
    let Ok(len) = c_int::try_from(buf.len()) else { return false };
    // SAFETY: `buf` is writable for `len` bytes.
    unsafe { RAND_bytes(buf.as_mut_ptr(), len) > 0 }
}

/// Whether both are the same, in a time that does not tell where they differ.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    // SAFETY: both are readable for this length.
    a.len() == b.len() && unsafe { CRYPTO_memcmp(a.as_ptr().cast(), b.as_ptr().cast(), a.len()) == 0 }
}

struct Fetched<T>(*mut T);

// SAFETY: fetched algorithms are constant and live for the process.
unsafe impl<T> Send for Fetched<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Fetched<T> {}

// Fetched once: to fetch costs more than to use it.
static HMAC_ALGORITHM: Lazy<Fetched<EVP_MAC>> = Lazy::new(|| {
    // SAFETY: the default library context and properties.
    Fetched(unsafe { EVP_MAC_fetch(std::ptr::null_mut(), c"HMAC".as_ptr(), std::ptr::null()) })
});

/// An `EVP_CIPHER_CTX`: initialised here or by an application's callback.
pub struct CipherContext(NonNull<EVP_CIPHER_CTX>);

impl CipherContext {
    /// Not initialised; `None` when memory is short.
    pub fn new() -> Option<Self> {
        // SAFETY: the result is ours.
        NonNull::new(unsafe { EVP_CIPHER_CTX_new() }).map(Self)
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut EVP_CIPHER_CTX {
        self.0.as_ptr()
    }

    /// The length of its cipher's IV; `None` when it has no cipher.
    pub fn iv_len(&self) -> Option<usize> {
        // SAFETY: alive.
        usize::try_from(unsafe { EVP_CIPHER_CTX_get_iv_length(self.as_ptr()) }).ok()
    }

    /// Encrypts `data` to the end.
    pub fn encrypt(self, data: &[u8]) -> Option<Vec<u8>> {
        let len = c_int::try_from(data.len()).ok()?;
        let mut out = vec![0; data.len() + MAX_BLOCK];
        let (mut body, mut tail) = (0, 0);
        // SAFETY: `out` has room for the data and a block.
        unsafe {
            if EVP_EncryptUpdate(self.as_ptr(), out.as_mut_ptr(), &mut body, data.as_ptr(), len) <= 0
                || EVP_EncryptFinal_ex(self.as_ptr(), out.as_mut_ptr().add(body as usize), &mut tail) <= 0
            {
                return None;
            }
        }
        out.truncate((body + tail) as usize);
        Some(out)
    }

    /// Decrypts `data` to the end; `None` also when its padding is wrong.
    pub fn decrypt(self, data: &[u8]) -> Option<Secret> {
        let len = c_int::try_from(data.len()).ok()?;
        let mut out = Secret::new(vec![0; data.len() + MAX_BLOCK]);
        let (mut body, mut tail) = (0, 0);
        // SAFETY: `out` has room for the data and a block.
        unsafe {
            if EVP_DecryptUpdate(self.as_ptr(), out.as_mut_ptr(), &mut body, data.as_ptr(), len) <= 0
                || EVP_DecryptFinal_ex(self.as_ptr(), out.as_mut_ptr().add(body as usize), &mut tail) <= 0
            {
                return None;
            }
        }
        out.truncate((body + tail) as usize);
        Some(out)
    }
}

impl Drop for CipherContext {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe { EVP_CIPHER_CTX_free(self.as_ptr()) };
    }
}

/// A message authentication code that an application's callback initialises.
pub enum Mac {
    /// An `EVP_MAC_CTX` of HMAC.
    Evp(NonNull<EVP_MAC_CTX>),
    /// An `HMAC_CTX`.
    Hmac(NonNull<c_void>),
}

impl Mac {
    /// An `EVP_MAC_CTX` of HMAC, not initialised.
    pub fn evp() -> Option<Self> {
        let algorithm = HMAC_ALGORITHM.0;
        if algorithm.is_null() {
            return None;
        }
        // SAFETY: the algorithm lives for ever; the result is ours.
        NonNull::new(unsafe { EVP_MAC_CTX_new(algorithm) }).map(Self::Evp)
    }

    /// An `HMAC_CTX`, not initialised.
    pub fn hmac() -> Option<Self> {
        // SAFETY: the result is ours.
        NonNull::new(unsafe { HMAC_CTX_new() }).map(Self::Hmac)
    }

    /// The length of the result; 0 when not initialised.
    pub fn len(&self) -> usize {
        // SAFETY: alive.
        unsafe {
            match self {
                Self::Evp(ctx) => EVP_MAC_CTX_get_mac_size(ctx.as_ptr()),
                Self::Hmac(ctx) => HMAC_size(ctx.as_ptr()),
            }
        }
    }

    /// Whether it was not initialised.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code of `data`.
    pub fn finish(self, data: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; MAX_MAC];
        // SAFETY: `out` has room for any code; `data` is readable for its length.
        let len = unsafe {
            match &self {
                Self::Evp(ctx) => {
                    let mut len = 0;
                    let done = EVP_MAC_update(ctx.as_ptr(), data.as_ptr(), data.len()) > 0
                        && EVP_MAC_final(ctx.as_ptr(), out.as_mut_ptr(), &mut len, MAX_MAC) > 0;
                    done.then_some(len)?
                }
                Self::Hmac(ctx) => {
                    let mut len = 0;
                    let done = HMAC_Update(ctx.as_ptr(), data.as_ptr(), data.len()) > 0
                        && HMAC_Final(ctx.as_ptr(), out.as_mut_ptr(), &mut len) > 0;
                    done.then_some(len as usize)?
                }
            }
        };
        out.truncate(len);
        Some(out)
    }
}

impl Drop for Mac {
    fn drop(&mut self) {
        // SAFETY: ours.
        unsafe {
            match self {
                Self::Evp(ctx) => EVP_MAC_CTX_free(ctx.as_ptr()),
                Self::Hmac(ctx) => HMAC_CTX_free(ctx.as_ptr()),
            }
        }
    }
}
