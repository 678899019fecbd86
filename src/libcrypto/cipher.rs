//! Ciphers, message authentication and random bytes, as session tickets need
//! them.

use std::ptr::NonNull;

use crate::secret::Secret;
use libc::{c_char, c_int, c_uchar, c_uint, c_void};

use super::library::Library;
use super::sys::{ENGINE, EVP_CIPHER, EVP_CIPHER_CTX, EVP_MAC_CTX, OSSL_LIB_CTX};
use crate::boundary::reentrant;
use crate::sync::Made;

#[repr(C)]
struct EVP_MAC {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn CRYPTO_memcmp(a: *const c_void, b: *const c_void, len: usize) -> c_int;
    fn EVP_CIPHER_CTX_new() -> *mut EVP_CIPHER_CTX;
    fn HMAC_CTX_new() -> *mut c_void;
    fn HMAC_size(ctx: *const c_void) -> usize;
}

reentrant! {
    fn EVP_CIPHER_CTX_get_iv_length(ctx: *const EVP_CIPHER_CTX) -> c_int;
    fn EVP_MAC_CTX_get_mac_size(ctx: *mut EVP_MAC_CTX) -> usize;
    fn RAND_bytes_ex(ctx: *mut OSSL_LIB_CTX, buf: *mut c_uchar, num: usize, strength: c_uint) -> c_int;
    fn EVP_CIPHER_free(cipher: *mut EVP_CIPHER);
    fn EVP_MAC_free(mac: *mut EVP_MAC);
    fn EVP_CIPHER_fetch(ctx: *mut OSSL_LIB_CTX, name: *const c_char, props: *const c_char) -> *mut EVP_CIPHER;
    fn EVP_CIPHER_CTX_free(ctx: *mut EVP_CIPHER_CTX);
    fn EVP_EncryptInit_ex(
        ctx: *mut EVP_CIPHER_CTX,
        cipher: *const EVP_CIPHER,
        engine: *mut ENGINE,
        key: *const c_uchar,
        iv: *const c_uchar,
    ) -> c_int;
    fn EVP_EncryptUpdate(
        ctx: *mut EVP_CIPHER_CTX,
        out: *mut c_uchar,
        out_len: *mut c_int,
        data: *const c_uchar,
        len: c_int,
    ) -> c_int;
    fn EVP_EncryptFinal_ex(ctx: *mut EVP_CIPHER_CTX, out: *mut c_uchar, out_len: *mut c_int) -> c_int;
    fn EVP_DecryptInit_ex(
        ctx: *mut EVP_CIPHER_CTX,
        cipher: *const EVP_CIPHER,
        engine: *mut ENGINE,
        key: *const c_uchar,
        iv: *const c_uchar,
    ) -> c_int;
    fn EVP_DecryptUpdate(
        ctx: *mut EVP_CIPHER_CTX,
        out: *mut c_uchar,
        out_len: *mut c_int,
        data: *const c_uchar,
        len: c_int,
    ) -> c_int;
    fn EVP_DecryptFinal_ex(ctx: *mut EVP_CIPHER_CTX, out: *mut c_uchar, out_len: *mut c_int) -> c_int;
    fn EVP_Q_mac(
        ctx: *mut OSSL_LIB_CTX,
        name: *const c_char,
        props: *const c_char,
        sub_algorithm: *const c_char,
        params: *const c_void,
        key: *const c_void,
        key_len: usize,
        data: *const c_uchar,
        len: usize,
        out: *mut c_uchar,
        out_size: usize,
        out_len: *mut usize,
    ) -> *mut c_uchar;
    fn HMAC_CTX_free(ctx: *mut c_void);
    fn HMAC_Update(ctx: *mut c_void, data: *const c_uchar, len: usize) -> c_int;
    fn HMAC_Final(ctx: *mut c_void, out: *mut c_uchar, len: *mut c_uint) -> c_int;
    fn EVP_MAC_fetch(ctx: *mut OSSL_LIB_CTX, name: *const c_char, props: *const c_char) -> *mut EVP_MAC;
    fn EVP_MAC_CTX_new(mac: *mut EVP_MAC) -> *mut EVP_MAC_CTX;
    fn EVP_MAC_CTX_free(ctx: *mut EVP_MAC_CTX);
    fn EVP_MAC_update(ctx: *mut EVP_MAC_CTX, data: *const c_uchar, len: usize) -> c_int;
    fn EVP_MAC_final(ctx: *mut EVP_MAC_CTX, out: *mut c_uchar, out_len: *mut usize, out_size: usize) -> c_int;
}

/// The longest result of a message authentication code (`EVP_MAX_MD_SIZE`).
const MAX_MAC: usize = 64;
/// The longest block of a cipher (`EVP_MAX_BLOCK_LENGTH`).
const MAX_BLOCK: usize = 32;

/// Fills `buf` with random bytes; false when there are none.
pub fn random(buf: &mut [u8], library: &Library) -> bool {
    // SAFETY: `buf` is writable for its length.
    unsafe { RAND_bytes_ex(library.context(), buf.as_mut_ptr(), buf.len(), 0) > 0 }
}

/// Whether both are the same, in a time that does not tell where they differ.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    // SAFETY: both are readable for this length.
    a.len() == b.len() && unsafe { CRYPTO_memcmp(a.as_ptr().cast(), b.as_ptr().cast(), a.len()) == 0 }
}

/// HMAC-SHA256; `None` when memory is short or the library has none.
pub fn hmac_sha256(key: &[u8; 32], data: &[u8], library: &Library) -> Option<[u8; 32]> {
    let (context, properties, sha256) = (library.context(), library.properties(), c"SHA256".as_ptr());
    let (name, none, end) = (c"HMAC".as_ptr(), std::ptr::null(), std::ptr::null_mut());
    let (key, input, len) = (key.as_ptr().cast(), data.as_ptr(), data.len());
    let mut out = [0; 32];
    // SAFETY: the key has 32 bytes and `out` room for SHA-256.
    let done =
        unsafe { EVP_Q_mac(context, name, properties, sha256, none, key, 32, input, len, out.as_mut_ptr(), 32, end) };
    (!done.is_null()).then_some(out)
}

struct Fetched<T>(*mut T);

// SAFETY: fetched algorithms are constant and live for the process.
unsafe impl<T> Send for Fetched<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Fetched<T> {}

// Fetched once: to fetch costs more than to use it.
fn hmac_algorithm() -> *mut EVP_MAC {
    static HMAC: Made<Fetched<EVP_MAC>> = Made::new();
    // SAFETY: the default library context and properties.
    HMAC.get_or_make(|| Fetched(unsafe { EVP_MAC_fetch(std::ptr::null_mut(), c"HMAC".as_ptr(), std::ptr::null()) })).0
}

/// Runs `work` with AES-256-CBC, or NULL when `library` has none.
fn with_aes_256_cbc<R>(library: &Library, work: impl FnOnce(*const EVP_CIPHER) -> R) -> R {
    // SAFETY: the library is alive; what `work` makes of the cipher keeps it itself.
    unsafe {
        let cipher = EVP_CIPHER_fetch(library.context(), c"AES-256-CBC".as_ptr(), library.properties());
        let result = work(cipher);
        EVP_CIPHER_free(cipher);
        result
    }
}

/// An `EVP_CIPHER_CTX`: initialised here or by an application's callback.
pub struct CipherContext(NonNull<EVP_CIPHER_CTX>);

impl CipherContext {
    /// Not initialised; `None` when memory is short.
    pub fn new() -> Option<Self> {
        // SAFETY: the result is ours.
        NonNull::new(unsafe { EVP_CIPHER_CTX_new() }).map(Self)
    }

    /// For AES-256-CBC encryption.
    pub fn encrypt_aes_256_cbc(key: &[u8; 32], iv: &[u8; 16], library: &Library) -> Option<Self> {
        let this = Self::new()?;
        let done = with_aes_256_cbc(library, |cipher| {
            let engine = std::ptr::null_mut();
            // SAFETY: key and IV are as long as this cipher wants them.
            !cipher.is_null()
                && unsafe { EVP_EncryptInit_ex(this.as_ptr(), cipher, engine, key.as_ptr(), iv.as_ptr()) } > 0
        });
        done.then_some(this)
    }

    /// For AES-256-CBC decryption.
    pub fn decrypt_aes_256_cbc(key: &[u8; 32], iv: &[u8; 16], library: &Library) -> Option<Self> {
        let this = Self::new()?;
        let done = with_aes_256_cbc(library, |cipher| {
            let engine = std::ptr::null_mut();
            // SAFETY: as for encryption.
            !cipher.is_null()
                && unsafe { EVP_DecryptInit_ex(this.as_ptr(), cipher, engine, key.as_ptr(), iv.as_ptr()) } > 0
        });
        done.then_some(this)
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
    pub fn encrypt(self, data: &Secret) -> Option<Vec<u8>> {
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
        let mut out = Secret::zeroed(data.len() + MAX_BLOCK);
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
    pub fn evp(library: &Library) -> Option<Self> {
        if library.is_default() && hmac_algorithm().is_null() {
            return None;
        }
        // SAFETY: the library is alive; the context, which is ours, keeps the
        // algorithm; NULL makes none.
        let context = unsafe {
            if library.is_default() {
                EVP_MAC_CTX_new(hmac_algorithm())
            } else {
                let algorithm = EVP_MAC_fetch(library.context(), c"HMAC".as_ptr(), library.properties());
                let context = EVP_MAC_CTX_new(algorithm);
                EVP_MAC_free(algorithm);
                context
            }
        };
        NonNull::new(context).map(Self::Evp)
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
